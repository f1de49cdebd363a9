package io.weft.router.forwarding;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Sightings of hardware addresses on their way from one data-plane thread to the conductor: a
 * bounded ring with one writer and one reader, without locks or allocation.
 */
final class MacHints {
  /** Takes what the conductor does with a sighting. */
  @FunctionalInterface
  interface Consumer {
    void accept(long mac, long peer);
  }

  /** Sightings that may wait; a power of two. New addresses are rare, so this is generous. */
  static final int CAPACITY = 4_096;

  private final long[] macs = new long[CAPACITY];
  private final long[] peers = new long[CAPACITY];
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();

  /** Adds a sighting; false when the ring is full. Writer only. */
  boolean offer(long mac, long peer) {
    long next = written.getPlain();
    if (next - read.getAcquire() >= CAPACITY) {
      return false;
    }
    int slot = (int) next & (CAPACITY - 1);
    macs[slot] = mac;
    peers[slot] = peer;
    written.setRelease(next + 1);
    return true;
  }

  /** Hands over everything that is there. Reader only. */
  void drain(Consumer consumer) {
    long end = written.getAcquire();
    for (long next = read.getPlain(); next < end; next++) {
      int slot = (int) next & (CAPACITY - 1);
      consumer.accept(macs[slot], peers[slot]);
      read.setRelease(next + 1);
    }
  }
}
