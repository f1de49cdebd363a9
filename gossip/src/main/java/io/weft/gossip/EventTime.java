package io.weft.gossip;

/**
 * The time of the event being handled.
 *
 * <p>Protocol cores read no clock: their shell sets this value before each event and the value does
 * not change until the next one, so a simulation decides what time it is and a run can be repeated.
 * Owned by the thread that runs the cores (the conductor); not safe for use by several threads.
 */
public final class EventTime {
  private long nanos;
  private long unixMillis;

  /** Starts at the given monotonic and wall-clock time. */
  public EventTime(long nanos, long unixMillis) {
    this.nanos = nanos;
    this.unixMillis = unixMillis;
  }

  /** Monotonic nanoseconds with an arbitrary origin; compare by subtraction only. */
  public long nanos() {
    return nanos;
  }

  /** Wall-clock milliseconds since 1970-01-01 UTC; may jump. */
  public long unixMillis() {
    return unixMillis;
  }

  /** Wall-clock seconds since 1970-01-01 UTC; may jump. */
  public long unixSeconds() {
    return Math.floorDiv(unixMillis, 1000L);
  }

  /** Sets the time of the next event; called by the shell only. Monotonic time never goes back. */
  public void advanceTo(long nextNanos, long nextUnixMillis) {
    if (nextNanos - nanos > 0) {
      nanos = nextNanos;
    }
    unixMillis = nextUnixMillis;
  }
}
