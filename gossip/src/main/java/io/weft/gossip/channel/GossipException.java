package io.weft.gossip.channel;

/** A payload that its channel refuses; the message is shown to operators as the reason. */
public final class GossipException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public GossipException(String message) {
    super(message);
  }

  /** A refusal caused by another failure. */
  public GossipException(String message, Throwable cause) {
    super(message, cause);
  }
}
