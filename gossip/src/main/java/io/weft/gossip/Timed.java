package io.weft.gossip;

/**
 * A core with timers: its shell asks when the next one is due and calls when that time has come.
 */
public interface Timed {
  /** Value of {@link #nextDeadlineNanos()} when no timer is armed. */
  long NEVER = Long.MAX_VALUE;

  /** Monotonic time of the earliest timer on the scale of {@link EventTime}, or {@link #NEVER}. */
  long nextDeadlineNanos();

  /** Runs every timer due at the current event time; harmless when none is. */
  void onTime();
}
