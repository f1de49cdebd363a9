package io.weft.gossip;

/** A timer that a core owns: armed for a moment, asked whether it is due. */
final class Deadline {
  private boolean armed;
  private long atNanos;

  /** Arms the timer, whatever it was before. */
  void arm(long newAtNanos) {
    armed = true;
    atNanos = newAtNanos;
  }

  /** Arms the timer unless it is armed already. */
  void armUnlessArmed(long newAtNanos) {
    if (!armed) {
      arm(newAtNanos);
    }
  }

  void disarm() {
    armed = false;
  }

  boolean isArmed() {
    return armed;
  }

  /** Whether the moment has come; disarms the timer if so. */
  boolean expire(long nowNanos) {
    boolean due = armed && atNanos - nowNanos <= 0;
    armed &= !due;
    return due;
  }

  /** The moment, or {@link Timed#NEVER}. */
  long orNever() {
    return armed ? atNanos : Timed.NEVER;
  }

  /** The earlier of two moments, each of which may be {@link Timed#NEVER}. */
  static long earlier(long first, long second) {
    if (first == Timed.NEVER || second == Timed.NEVER) {
      return Math.min(first, second);
    }
    return first - second < 0 ? first : second;
  }
}
