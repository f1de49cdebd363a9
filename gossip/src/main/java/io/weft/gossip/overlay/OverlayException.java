package io.weft.gossip.overlay;

/** An overlay that cannot serve a connection; the message is the reason shown to operators. */
public final class OverlayException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public OverlayException(String message) {
    super(message);
  }
}
