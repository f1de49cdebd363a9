package io.weft.router.forwarding;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Spreads 48-bit numbers over the slots of a table. Keyed per process, so that nobody can send
 * addresses that all fall into one slot.
 */
final class LongHash {
  private static final long KEY = ThreadLocalRandom.current().nextLong();

  // The finalizer of MurmurHash3, public domain.
  private static final long MIX_1 = 0xff51afd7ed558ccdL;
  private static final long MIX_2 = 0xc4ceb9fe1a85ec53L;

  private LongHash() {}

  static int of(long value) {
    long mixed = value ^ KEY;
    mixed = (mixed ^ (mixed >>> 33)) * MIX_1;
    mixed = (mixed ^ (mixed >>> 33)) * MIX_2;
    return (int) (mixed ^ (mixed >>> 33));
  }
}
