package io.weft.router.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a request is answered with.
 *
 * @param contentType null for none
 * @param location target of a redirect, null for none
 * @param noSniff whether browsers are told to trust the content type, as on all errors
 * @param onUndelivered run, on any thread, when the client does not get this answer; null for
 *     nothing
 */
record ApiResponse(
    int status,
    @Nullable String contentType,
    @Nullable String location,
    boolean noSniff,
    byte[] body,
    @Nullable Runnable onUndelivered) {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final byte[] NOTHING = {};

  /** 200 with a text as it is. */
  static ApiResponse text(String body) {
    return text(200, body);
  }

  /** Another status with a text as it is. */
  static ApiResponse text(int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(status, bytes.length == 0 ? null : PLAIN, null, false, bytes, null);
  }

  /** 200 with a content type of its own. */
  static ApiResponse content(String contentType, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(200, contentType, null, false, bytes, null);
  }

  /** A status without a body. */
  static ApiResponse empty(int status) {
    return new ApiResponse(status, null, null, false, NOTHING, null);
  }

  /** An error: its message and a newline. */
  static ApiResponse error(int status, String message) {
    byte[] bytes = (message + "\n").getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(status, PLAIN, null, true, bytes, null);
  }

  /** 301. */
  static ApiResponse movedTo(String location) {
    return new ApiResponse(301, null, location, false, NOTHING, null);
  }

  /** The same with an action for the case that the client does not get it. */
  ApiResponse whenUndelivered(Runnable action) {
    return new ApiResponse(status, contentType, location, noSniff, body, action);
  }

  /** The client does not get it. */
  void undelivered() {
    if (onUndelivered != null) {
      onUndelivered.run();
    }
  }
}
