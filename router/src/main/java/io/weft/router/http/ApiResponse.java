package io.weft.router.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a request is answered with.
 *
 * @param contentType null for none
 * @param location target of a redirect, null for none
 * @param noSniff whether browsers are told to trust the content type, as on all errors
 */
record ApiResponse(
    int status,
    @Nullable String contentType,
    @Nullable String location,
    boolean noSniff,
    byte[] body) {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final byte[] NOTHING = {};

  /** 200 with a text as it is. */
  static ApiResponse text(String body) {
    return text(200, body);
  }

  /** Another status with a text as it is. */
  static ApiResponse text(int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(status, bytes.length == 0 ? null : PLAIN, null, false, bytes);
  }

  /** 200 with a content type of its own. */
  static ApiResponse content(String contentType, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(200, contentType, null, false, bytes);
  }

  /** A status without a body. */
  static ApiResponse empty(int status) {
    return new ApiResponse(status, null, null, false, NOTHING);
  }

  /** An error: its message and a newline. */
  static ApiResponse error(int status, String message) {
    byte[] bytes = (message + "\n").getBytes(StandardCharsets.UTF_8);
    return new ApiResponse(status, PLAIN, null, true, bytes);
  }

  /** 301. */
  static ApiResponse movedTo(String location) {
    return new ApiResponse(301, null, location, false, NOTHING);
  }
}
