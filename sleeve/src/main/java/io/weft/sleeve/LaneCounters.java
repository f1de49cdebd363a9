package io.weft.sleeve;

import io.weft.gossip.overlay.Lanes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Totals of an overlay. Each lane adds to a row of its own, so counting takes no lock; any thread
 * reads sums that are never ahead of what happened and at most a moment behind.
 */
public class LaneCounters<C extends Enum<C>> {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  // Rows are separate arrays padded at both ends, so that lanes do not share a cache line.
  private static final int PADDING = 8;

  private final long[][] rows;

  /** Zero everywhere. */
  public LaneCounters(Class<C> counters) {
    rows = new long[Lanes.COUNT][counters.getEnumConstants().length + 2 * PADDING];
  }

  /** The total of one counter over all lanes. */
  public final long get(C counter) {
    long sum = 0;
    for (long[] row : rows) {
      sum += (long) CELL.getOpaque(row, cell(counter));
    }
    return sum;
  }

  /** Adds on the thread that owns {@code lane}. */
  public final void add(int lane, C counter, long amount) {
    long[] row = rows[lane];
    int cell = cell(counter);
    CELL.setOpaque(row, cell, row[cell] + amount);
  }

  /** Adds one on the thread that owns {@code lane}. */
  public final void increment(int lane, C counter) {
    add(lane, counter, 1);
  }

  @SuppressWarnings("EnumOrdinal") // The index never leaves this process.
  private static int cell(Enum<?> counter) {
    return PADDING + counter.ordinal();
  }
}
