package io.weft.sleeve.v2;

import java.util.Arrays;

/**
 * Remembers which of the newest {@value Sleeve2Protocol#REPLAY_WINDOW} counters have been seen. One
 * thread.
 */
final class SlidingWindow {
  private static final int WORDS = Sleeve2Protocol.REPLAY_WINDOW / Long.SIZE;

  private final long[] bits = new long[WORDS];

  /** One more than the highest counter seen. */
  private long next;

  /** Whether a counter may still be accepted; changes nothing. */
  boolean isNew(long counter) {
    if (counter >= next) {
      return true;
    }
    return counter >= 0
        && next - counter <= Sleeve2Protocol.REPLAY_WINDOW
        && (bits[word(counter)] & 1L << counter) == 0;
  }

  /**
   * Takes note of an authentic counter.
   *
   * @return false when it was seen before or is too old to tell
   */
  boolean accept(long counter) {
    if (counter < 0 || !isNew(counter)) {
      return false;
    }
    if (counter >= next) {
      advance(counter);
    }
    bits[word(counter)] |= 1L << counter;
    return true;
  }

  /** One more than the highest counter accepted; 0 when none was. */
  long next() {
    return next;
  }

  private void advance(long counter) {
    if (counter - next >= Sleeve2Protocol.REPLAY_WINDOW) {
      Arrays.fill(bits, 0);
    } else {
      for (long gone = next; gone <= counter; gone++) {
        bits[word(gone)] &= ~(1L << gone);
      }
    }
    next = counter + 1;
  }

  private static int word(long counter) {
    return (int) (counter >>> 6) & (WORDS - 1);
  }
}
