package io.weft.sleeve;

import io.weft.gossip.overlay.Lanes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The overlay's totals. Each lane adds to a row of its own, so counting takes no lock; any thread
 * reads sums that are never ahead of what happened and at most a moment behind.
 */
public final class SleeveCounters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int COUNTERS = SleeveCounter.values().length;

  // Rows are separate arrays padded at both ends, so that lanes do not share a cache line.
  private static final int PADDING = 8;

  private final long[][] rows = new long[Lanes.COUNT][COUNTERS + 2 * PADDING];

  SleeveCounters() {}

  /** The total of one counter over all lanes. */
  public long get(SleeveCounter counter) {
    long sum = 0;
    for (long[] row : rows) {
      sum += (long) CELL.getOpaque(row, cell(counter));
    }
    return sum;
  }

  /** Adds on the thread that owns {@code lane}. */
  void add(int lane, SleeveCounter counter, long amount) {
    long[] row = rows[lane];
    int cell = cell(counter);
    CELL.setOpaque(row, cell, row[cell] + amount);
  }

  /** Adds one on the thread that owns {@code lane}. */
  void increment(int lane, SleeveCounter counter) {
    add(lane, counter, 1);
  }

  @SuppressWarnings("EnumOrdinal") // The index never leaves this process.
  private static int cell(SleeveCounter counter) {
    return PADDING + counter.ordinal();
  }
}
