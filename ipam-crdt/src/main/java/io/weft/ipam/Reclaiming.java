package io.weft.ipam;

/**
 * The option {@code --ipalloc-reclaim-after}: the space of a peer that has been gone for that long
 * is taken over without an operator, and a peer that may have been gone for that long itself hands
 * out nothing.
 *
 * @param afterNanos how long; 0 for never
 */
public record Reclaiming(long afterNanos) {
  /** Space is taken over by operators only. */
  public static final Reclaiming NEVER = new Reclaiming(0);

  /**
   * The shortest time accepted. A peer may notice only after a minute that it is cut off, and stops
   * handing out after half of the time since then: that must be before others take its space.
   */
  public static final long MIN_NANOS = 300_000_000_000L;

  /** Checks the time. */
  public Reclaiming {
    if (afterNanos < 0) {
      throw new IllegalArgumentException("time must not be negative: " + afterNanos);
    }
  }

  boolean isOn() {
    return afterNanos > 0;
  }

  /** Whether a peer that has been gone for a time may lose its space. */
  boolean isDue(long goneNanos) {
    return isOn() && goneNanos >= afterNanos;
  }

  /** Within this time we must have seen most owners, or others may be taking our space over. */
  long fenceNanos() {
    return afterNanos / 2;
  }
}
