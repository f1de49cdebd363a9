package io.weft.router.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/** The values of all counters. Safe for use by all threads; adding never locks or allocates. */
public final class Counters {
  /** Longs in a cache line, so that two threads counting different things do not collide. */
  private static final int STRIDE = 8;

  private final AtomicLongArray values = new AtomicLongArray(Counter.values().length * STRIDE);

  /** Counts one. */
  public void increment(Counter counter) {
    add(counter, 1);
  }

  /** Counts {@code amount}, which may be 0. */
  public void add(Counter counter, long amount) {
    if (amount != 0) {
      values.addAndGet(cell(counter), amount);
    }
  }

  /** What was counted since the start. */
  public long get(Counter counter) {
    return values.get(cell(counter));
  }

  @SuppressWarnings("EnumOrdinal") // The index never leaves this process.
  private static int cell(Counter counter) {
    return counter.ordinal() * STRIDE;
  }
}
