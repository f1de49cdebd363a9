package io.weft.gossip.wire;

/** What a {@link MeshConnection} wants done, in this order. */
public sealed interface MeshAction {
  /** Write bytes to the socket. */
  record Send(byte[] bytes) implements MeshAction {}

  /**
   * The handshake is complete. Messages follow only after {@link MeshConnection#startReading}.
   *
   * @param handshaken its session key, if any, is a copy that belongs to the receiver
   */
  record Established(Handshaken handshaken) implements MeshAction {}

  /** A message arrived. */
  record Deliver(MeshMessage message) implements MeshAction {}

  /**
   * Close the socket. The last action of a connection.
   *
   * @param cause for counters
   * @param reason for operators, worded as in mesh.md 12
   */
  record Close(CloseCause cause, String reason) implements MeshAction {}
}
