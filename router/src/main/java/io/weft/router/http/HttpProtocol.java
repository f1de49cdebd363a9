package io.weft.router.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Limits of the HTTP server. All are our choice; the original has none. */
final class HttpProtocol {
  /** Longest request line: an identity, an address and parameters. */
  static final int MAX_LINE_BYTES = 8_192;

  /** All headers together. */
  static final int MAX_HEADER_BYTES = 16_384;

  /** Longest body: the peers of a very large {@code connect}. */
  static final int MAX_BODY_BYTES = 65_536;

  /** Parameters of a request. */
  static final int MAX_PARAMETERS = 1_024;

  /** Open connections of one address; each may wait for an address to become available. */
  static final int MAX_CONNECTIONS = 512;

  /** Requests that a client may send ahead while one is being handled. */
  static final int MAX_PIPELINED = 8;

  /** How long a connection may take for a whole request, and for taking the answer. */
  static final long CLIENT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Shortest time that a client may give its request for an address. */
  static final Duration MIN_TIMEOUT = Duration.ofSeconds(1);

  /** Longest time that a client may give its request for an address. */
  static final Duration MAX_TIMEOUT = Duration.ofHours(1);

  private HttpProtocol() {}
}
