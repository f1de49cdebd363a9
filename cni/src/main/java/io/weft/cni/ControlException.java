package io.weft.cni;

import java.io.IOException;

/**
 * A request that the router refused. When nothing listens at all, a {@link
 * java.net.ConnectException} is thrown instead.
 */
public final class ControlException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int NOT_FOUND = 404;

  private final int status;

  /** For an answer that does not say success; its body is the message. */
  ControlException(ControlAnswer answer) {
    this(
        answer.status(),
        answer.body().isBlank() ? "HTTP status " + answer.status() : answer.body().strip());
  }

  /** For an answer that does not say what it should. */
  ControlException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status, 200 for an answer that could not be understood. */
  public int status() {
    return status;
  }

  /** Whether the router does not offer the request: its address allocator is switched off. */
  public boolean notOffered() {
    return status == NOT_FOUND;
  }
}
