package io.weft.sleeve;

/** The totals of {@code sleeve}. */
public final class SleeveCounters extends LaneCounters<SleeveCounter> {
  SleeveCounters() {
    super(SleeveCounter.class);
  }
}
