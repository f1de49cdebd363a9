package io.weft.sleeve;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which sequence numbers of one stream have been seen (overlay.md B.4).
 *
 * <p>Two bitmaps of 2^20 numbers (128 KiB each) slide over the stream: one for the window that
 * holds the newest number and one for the window before. They are made when first needed, because
 * many connections never use one of their streams. Receive thread.
 */
final class ReplayWindow {
  private static final int WINDOW = 1 << SleeveProtocol.REPLAY_WINDOW_BITS;
  private static final int WORDS = WINDOW / Long.SIZE;

  private long window;
  private long @Nullable [] current;
  private long @Nullable [] previous;

  // Whether the bitmap's bits are of the window it stands for; a stale one is cleared before use.
  private boolean previousValid;

  /**
   * Takes note of an authentic datagram.
   *
   * @param sequence 0 to 2^63-1, without the stream flag
   * @return false when it was seen before or is too old to tell
   */
  boolean accept(long sequence) {
    long ahead = (sequence >>> SleeveProtocol.REPLAY_WINDOW_BITS) - window;
    int offset = (int) sequence & (WINDOW - 1);
    if (ahead < -1) {
      return false;
    }
    if (ahead == -1) {
      return insert(previousBits(), offset);
    }
    if (ahead >= 1) {
      advance(ahead);
    }
    return insert(currentBits(), offset);
  }

  private void advance(long ahead) {
    window += ahead;
    long[] next = previous;
    previous = current;
    previousValid = ahead == 1 && previous != null;
    if (next != null) {
      Arrays.fill(next, 0);
    }
    current = next;
  }

  private long[] currentBits() {
    long[] bits = current;
    if (bits == null) {
      bits = new long[WORDS];
      current = bits;
    }
    return bits;
  }

  private long[] previousBits() {
    long[] bits = previous;
    if (bits == null) {
      bits = new long[WORDS];
      previous = bits;
    } else if (!previousValid) {
      Arrays.fill(bits, 0);
    }
    previousValid = true;
    return bits;
  }

  private static boolean insert(long[] bits, int offset) {
    int word = offset >>> 6;
    long bit = 1L << offset;
    if ((bits[word] & bit) != 0) {
      return false;
    }
    bits[word] |= bit;
    return true;
  }
}
