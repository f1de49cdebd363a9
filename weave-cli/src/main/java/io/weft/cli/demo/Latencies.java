package io.weft.cli.demo;

import java.util.Arrays;

/** Times that something took, many of them. */
final class Latencies {
  private final long[] sortedNanos;

  Latencies(long[] nanos) {
    sortedNanos = nanos.clone();
    Arrays.sort(sortedNanos);
  }

  int count() {
    return sortedNanos.length;
  }

  /** The time that so many percent did not exceed, in milliseconds. */
  double percentileMillis(int percent) {
    int rank = (int) Math.ceil(sortedNanos.length * percent / 100.0);
    return sortedNanos[Math.max(0, rank - 1)] / 1e6;
  }
}
