package io.weft.ipam;

/** Persisted state that cannot be trusted; the message says what is wrong with it. */
public final class CorruptStateException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with its reason. */
  public CorruptStateException(String message) {
    super("IP allocation state is corrupt: " + message);
  }
}
