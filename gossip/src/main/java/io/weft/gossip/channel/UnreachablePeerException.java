package io.weft.gossip.channel;

/** A unicast that cannot be sent because there is no way to its destination. */
public final class UnreachablePeerException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The reason, as Weave Net words it: {@code unknown relay destination: NAME} and the like. */
  public UnreachablePeerException(String message) {
    super(message);
  }
}
