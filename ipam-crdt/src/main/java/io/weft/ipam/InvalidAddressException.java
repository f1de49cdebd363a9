package io.weft.ipam;

/** An address, subnet or option that is not acceptable; the message is shown to the user. */
public final class InvalidAddressException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with the text of ipam.md 1 or 8.2. */
  public InvalidAddressException(String message) {
    super(message);
  }
}
