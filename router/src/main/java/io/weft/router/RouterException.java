package io.weft.router;

/** A router that cannot start; the message tells an operator what to change. */
public final class RouterException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public RouterException(String message) {
    super(message);
  }

  /** A refusal caused by another failure, with that failure's message. */
  public RouterException(Exception cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }
}
