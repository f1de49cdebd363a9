package io.weft.router.state;

/** A state file that cannot be used; the message says which file, why, and what to do. */
public final class StateException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public StateException(String message) {
    super(message);
  }

  /** A refusal caused by another failure. */
  public StateException(String message, Throwable cause) {
    super(message, cause);
  }
}
