package io.weft.gossip;

import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.wire.AddressText;
import io.weft.gossip.wire.Handshaken;
import org.jspecify.annotations.Nullable;

/** A connection from the end of its handshake to its own end. */
final class MeshLink {
  private final long number;
  private final Handshaken handshaken;
  private final boolean encrypted;
  private final SendQueue queue;
  private final Exchanges exchanges;
  private @Nullable OverlayConnection overlay;
  private State state = State.PREPARING;
  private boolean established;

  /** Where a connection stands (mesh.md 1.2). */
  enum State {
    /** Its overlays are being made. */
    PREPARING,
    /** It is in the topology. */
    ADDED,
    /** It has ended. */
    CLOSED
  }

  MeshLink(long number, Handshaken handshaken, boolean encrypted, SendQueue queue) {
    this.number = number;
    this.handshaken = handshaken;
    this.encrypted = encrypted;
    this.queue = queue;
    exchanges = new Exchanges(handshaken.outbound());
  }

  long number() {
    return number;
  }

  Handshaken handshaken() {
    return handshaken;
  }

  PeerName peer() {
    return handshaken.features().name();
  }

  String address() {
    return AddressText.of(handshaken.remote());
  }

  /** Whether the data plane of this connection has a session key. */
  boolean encrypted() {
    return encrypted;
  }

  SendQueue queue() {
    return queue;
  }

  Exchanges exchanges() {
    return exchanges;
  }

  @Nullable OverlayConnection overlay() {
    return overlay;
  }

  void setOverlay(OverlayConnection newOverlay) {
    overlay = newOverlay;
  }

  State state() {
    return state;
  }

  void setState(State newState) {
    state = newState;
  }

  boolean isEstablished() {
    return established;
  }

  void setEstablished() {
    established = true;
  }
}
