package io.weft.router.http;

import java.nio.charset.StandardCharsets;

/** Paths of requests: what they are redirected to is clean, absolute and fit for a header. */
public final class RequestPathFuzzTarget {
  private RequestPathFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    String path = "/" + new String(input, StandardCharsets.UTF_8);
    String clean = PathCleaner.cleanerThan(path).orElse(path);
    if (PathCleaner.cleanerThan(clean).isPresent() || clean.contains("//")) {
      throw new AssertionError(clean + " is not clean, from " + path);
    }
    String encoded = PathCleaner.encode(clean);
    if (!encoded.startsWith("/") || encoded.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new AssertionError(encoded + " does not fit a header");
    }
  }
}
