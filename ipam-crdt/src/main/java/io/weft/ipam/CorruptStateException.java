package io.weft.ipam;

/** Persisted state that cannot be trusted; the message says what is wrong with it. */
public final class CorruptStateException extends Exception {
  private static final long serialVersionUID = 1L;

  private static final String PREFIX = "IP allocation state is corrupt: ";

  CorruptStateException(String reason) {
    super(PREFIX + reason);
  }

  CorruptStateException(String reason, Throwable cause) {
    super(PREFIX + reason, cause);
  }
}
