package io.weft.gossip.overlay;

/** What a forwarder reports about itself. Called on the conductor thread. */
public interface ForwarderEvents {
  /** The neighbour has acknowledged our heartbeat; reported once. */
  void established();

  /** Health changed: an unhealthy forwarder is on hold but goes on trying (overlay.md A.4). */
  void healthy(boolean healthy);

  /**
   * The forwarder has failed for good on this connection; as {@link OverlayException}'s message.
   */
  void failed(String reason);

  /** Sends a control message to the neighbour's forwarder of the same overlay. */
  void sendControl(int subTag, byte[] body);
}
