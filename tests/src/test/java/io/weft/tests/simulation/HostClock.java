package io.weft.tests.simulation;

import io.weft.gossip.Timed;
import java.util.random.RandomGenerator;

/**
 * The clocks of one machine, which are wrong: the date is off, the monotonic clock starts anywhere
 * and runs too fast or too slowly.
 *
 * @param offsetMillis how far the date is ahead
 * @param partsPerMillion how much too fast both clocks run
 * @param originNanos what the monotonic clock shows when the simulation starts
 */
record HostClock(long offsetMillis, long partsPerMillion, long originNanos) {
  /** 2026-01-01 UTC, where every simulation starts. */
  private static final long START_UNIX_MILLIS = 1_767_225_600_000L;

  private static final long MILLION = 1_000_000;

  /** Neither the mesh nor IPAM asks what the date is, only how far it goes on. */
  private static final long MAX_OFFSET_MILLIS = 25 * 60_000L;

  /** Worse than any quartz. */
  private static final long MAX_PARTS_PER_MILLION = 500;

  private static final long MAX_ORIGIN_NANOS = 1L << 60;

  static HostClock random(RandomGenerator random) {
    return new HostClock(
        random.nextLong(-MAX_OFFSET_MILLIS, MAX_OFFSET_MILLIS),
        random.nextLong(-MAX_PARTS_PER_MILLION, MAX_PARTS_PER_MILLION + 1),
        random.nextLong(-MAX_ORIGIN_NANOS, MAX_ORIGIN_NANOS));
  }

  /** What the monotonic clock shows at a virtual time. */
  long nanosAt(long virtualNanos) {
    return originNanos + elapsed(virtualNanos);
  }

  /** What the date is at a virtual time. */
  long unixMillisAt(long virtualNanos) {
    return START_UNIX_MILLIS + offsetMillis + elapsed(virtualNanos) / Schedule.MILLISECOND;
  }

  /** The virtual time at which the monotonic clock has come to show this; may be in the past. */
  long virtualAt(long hostNanos) {
    if (hostNanos == Timed.NEVER) {
      return Timed.NEVER;
    }
    long wanted = hostNanos - originNanos;
    long guess = wanted - scaled(wanted);
    for (long shown = elapsed(guess); shown < wanted; shown = elapsed(guess)) {
      guess += Math.max(1, (wanted - shown) / 2);
    }
    return guess;
  }

  private long elapsed(long virtualNanos) {
    return virtualNanos + scaled(virtualNanos);
  }

  /** The error that has added up, without overflow. */
  private long scaled(long nanos) {
    return nanos / MILLION * partsPerMillion + nanos % MILLION * partsPerMillion / MILLION;
  }
}
