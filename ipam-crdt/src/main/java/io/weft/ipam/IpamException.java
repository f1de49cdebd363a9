package io.weft.ipam;

/** A request to the allocator that cannot be served; the message is shown to the user. */
public final class IpamException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A refusal with the text of ipam.md 6 or 8.2. */
  public IpamException(String message) {
    super(message);
  }
}
