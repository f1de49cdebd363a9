package io.weft.sleeve;

/** The totals of {@code sleeve}. */
public final class SleeveCounters extends LaneCounters<SleeveCounter> {
  SleeveCounters() {
    super(SleeveCounter.class);
  }

  /** Those of one neighbour. */
  SleeveCounters(SleeveCounters total) {
    super(SleeveCounter.class, total);
  }
}
