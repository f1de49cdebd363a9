package io.weft.router.http;

import java.util.function.Supplier;

/** One request waiting for its answer. Safe for use by all threads. */
interface Exchange {
  /**
   * Answers; the first answer counts, and none when the client is gone. An answer that does not
   * count, or that cannot be written to the end, is undelivered.
   */
  void respond(ApiResponse response);

  /** Answers with what is rendered on the HTTP thread, so that the caller is spared the work. */
  void respondLater(Supplier<ApiResponse> response);

  /** Whether the client has gone away without an answer. */
  boolean isGone();

  /**
   * Runs an action, on any thread, when the client goes away before it has an answer; at once when
   * it has done so.
   */
  void onGone(Runnable action);
}
