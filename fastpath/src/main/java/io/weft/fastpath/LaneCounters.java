package io.weft.fastpath;

import java.util.concurrent.atomic.AtomicLongArray;

/** The router's own totals; a row a lane, so that lanes do not share a cache line. Any thread. */
public final class LaneCounters {
  private static final int STRIDE = 32;
  private static final int ROWS = io.weft.gossip.overlay.Lanes.COUNT;

  private final AtomicLongArray cells = new AtomicLongArray(ROWS * STRIDE);

  LaneCounters() {}

  /** The total of one counter over all lanes. */
  public long get(LaneCounter counter) {
    long sum = 0;
    for (int lane = 0; lane < ROWS; lane++) {
      sum += cells.get(cell(lane, counter));
    }
    return sum;
  }

  void increment(int lane, LaneCounter counter) {
    cells.getAndIncrement(cell(lane, counter));
  }

  @SuppressWarnings("EnumOrdinal") // The index never leaves this process.
  private static int cell(int lane, LaneCounter counter) {
    return lane * STRIDE + counter.ordinal();
  }
}
