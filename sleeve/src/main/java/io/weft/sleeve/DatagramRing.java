package io.weft.sleeve;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Datagrams on their way from one worker to another: a bounded ring of bytes with one writer and
 * one reader, without locks or allocation.
 *
 * <pre>
 * 0        4          8      12     16
 * | length | segments | ipv4 | port | datagrams, up to a multiple of 16 |
 * </pre>
 *
 * <p>What does not fit in front of the ring's end begins at its start; a length of -1 says so.
 */
final class DatagramRing {
  /**
   * Our choice, as much as a socket's buffer: what that holds may come to one worker at once. A
   * power of two.
   */
  static final int BYTES = 4 * 1024 * 1024;

  private static final int HEADER_BYTES = 16;
  private static final int TURN = -1;

  private final ByteBuffer slab = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.BIG_ENDIAN);
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();

  // The reader's: the entry that it looks at, where the next one is, and where it stops.
  private int entry;
  private long after;
  private long end;

  /** Adds what the arguments of {@link DatagramHandler#datagrams} say; false without room. */
  boolean offer(ByteBuffer source, int offset, int length, int segmentBytes, int ipv4, int port) {
    int bytes = HEADER_BYTES + (length + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
    long at = written.getPlain();
    int place = (int) at & (BYTES - 1);
    boolean turns = place + bytes > BYTES;
    long next = turns ? at + BYTES - place + bytes : at + bytes;
    if (next - read.getAcquire() > BYTES) {
      return false;
    }
    if (turns) {
      slab.putInt(place, TURN);
      place = 0;
    }
    slab.putInt(place, length);
    slab.putInt(place + 4, segmentBytes);
    slab.putInt(place + 8, ipv4);
    slab.putInt(place + 12, port);
    slab.put(place + HEADER_BYTES, source, offset, length);
    written.setRelease(next);
    return true;
  }

  /** Whether there is nothing to read. Reader only. */
  boolean isEmpty() {
    return read.getPlain() == written.get();
  }

  /** Fixes how far {@link #next} goes: not beyond what is there now. Reader only. */
  void begin() {
    end = written.getAcquire();
  }

  /** Frees the entry before and goes to the next one; false at the end. Reader only. */
  boolean next() {
    read.setRelease(after);
    if (after == end) {
      return false;
    }
    entry = (int) after & (BYTES - 1);
    if (slab.getInt(entry) == TURN) {
      after += BYTES - entry;
      entry = 0;
    }
    after += HEADER_BYTES + (length() + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
    return true;
  }

  /** What {@link #offset} is about; of the entry that {@link #next} has gone to, until the next. */
  ByteBuffer slab() {
    return slab;
  }

  int offset() {
    return entry + HEADER_BYTES;
  }

  int length() {
    return slab.getInt(entry);
  }

  int segmentBytes() {
    return slab.getInt(entry + 4);
  }

  int ipv4() {
    return slab.getInt(entry + 8);
  }

  int port() {
    return slab.getInt(entry + 12);
  }
}
