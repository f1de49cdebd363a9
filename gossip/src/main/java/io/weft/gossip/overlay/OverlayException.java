package io.weft.gossip.overlay;

/**
 * An overlay that cannot serve a connection. The message is for the log; one that is a word such as
 * {@code fastdp-no-device}, beginning with the overlay's name, is the reason in status, too.
 */
public final class OverlayException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public OverlayException(String message) {
    super(message);
  }
}
