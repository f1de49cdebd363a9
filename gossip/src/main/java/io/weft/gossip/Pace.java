package io.weft.gossip;

/**
 * How often something may happen: a few times at once after a quiet while, then at an interval. So
 * few routers answer each other as fast as they can, and many do not drown each other.
 */
final class Pace {
  private final int burst;
  private final long intervalNanos;

  /** So far the time is used up, counted in intervals; meaningless before the first use. */
  private long usedUntilNanos;

  private boolean used;

  Pace(int burst, long intervalNanos) {
    this.burst = burst;
    this.intervalNanos = intervalNanos;
  }

  /** When it may happen next; not after now if that is at once. */
  long nextNanos(long nowNanos) {
    return used ? usedUntilNanos - (burst - 1) * intervalNanos : nowNanos;
  }

  /** Whether it may happen at once; if so it counts. */
  boolean take(long nowNanos) {
    if (nextNanos(nowNanos) - nowNanos > 0) {
      return false;
    }
    boolean wasBusy = used && usedUntilNanos - nowNanos > 0;
    usedUntilNanos = (wasBusy ? usedUntilNanos : nowNanos) + intervalNanos;
    used = true;
    return true;
  }
}
