package io.weft.sleeve;

import io.weft.gossip.overlay.Lanes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Totals of an overlay. Each lane adds to a row of its own, so counting takes no lock; any thread
 * reads sums that are never ahead of what happened and at most a moment behind.
 */
public class LaneCounters<C extends Enum<C>> {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle ROW = MethodHandles.arrayElementVarHandle(long[][].class);

  // Rows are separate arrays padded at both ends, so that lanes do not share a cache line. Each is
  // made by its lane when it first counts something.
  private static final int PADDING = 8;

  private static final String DROPPED = "DROPPED_";

  private final long[] @Nullable [] rows = new long[Lanes.COUNT] @Nullable [];
  private final int cells;
  private final @Nullable LaneCounters<C> total;

  /** Zero everywhere. */
  public LaneCounters(Class<C> counters) {
    this(counters, null);
  }

  /**
   * A part of the totals, such as of one neighbour.
   *
   * @param total to which everything is added as well
   */
  public LaneCounters(Class<C> counters, @Nullable LaneCounters<C> total) {
    this.total = total;
    cells = counters.getEnumConstants().length + 2 * PADDING;
  }

  /** The total of one counter over all lanes. */
  public final long get(C counter) {
    long sum = 0;
    for (int lane = 0; lane < rows.length; lane++) {
      long[] row = (long[]) ROW.getAcquire(rows, lane);
      if (row != null) {
        sum += (long) CELL.getOpaque(row, cell(counter));
      }
    }
    return sum;
  }

  /** Adds on the thread that owns {@code lane}. */
  public final void add(int lane, C counter, long amount) {
    addToPart(lane, counter, amount);
    if (total != null) {
      total.add(lane, counter, amount);
    }
  }

  /** The same, but not to the totals, to which it was added before its part was known. */
  public final void addToPart(int lane, C counter, long amount) {
    long[] row = rows[lane];
    if (row == null) {
      row = new long[cells];
      ROW.setRelease(rows, lane, row);
    }
    int cell = cell(counter);
    CELL.setOpaque(row, cell, row[cell] + amount);
  }

  /** Adds one on the thread that owns {@code lane}. */
  public final void increment(int lane, C counter) {
    add(lane, counter, 1);
  }

  /** What was dropped for which reason, reasons in lower case without {@code dropped_}. */
  public final SortedMap<String, Long> dropped(Class<C> counters) {
    SortedMap<String, Long> dropped = new TreeMap<>();
    for (C counter : counters.getEnumConstants()) {
      if (counter.name().startsWith(DROPPED) && get(counter) != 0) {
        dropped.put(
            counter.name().substring(DROPPED.length()).toLowerCase(Locale.ROOT), get(counter));
      }
    }
    return dropped;
  }

  @SuppressWarnings("EnumOrdinal") // The index never leaves this process.
  private static int cell(Enum<?> counter) {
    return PADDING + counter.ordinal();
  }
}
