package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class DatagramRingTest {
  private static final int LONGEST = 65_535;

  private final DatagramRing ring = new DatagramRing();
  private final ByteBuffer source = ByteBuffer.allocateDirect(LONGEST + 8);

  @Test
  void givesBackWhatItWasGivenInItsOrderOverManyTurns() {
    SplittableRandom random = new SplittableRandom(1);
    Deque<Integer> lengths = new ArrayDeque<>();
    int next = 0;
    int seen = 0;
    for (int round = 0; round < 3_000; round++) {
      int length = random.nextInt(1, LONGEST + 1);
      source.putInt(8, next).put(8 + length - 1, (byte) next);
      if (length >= 5 && ring.offer(source, 8, length, 7, next, 9)) {
        lengths.add(length);
        next++;
      }
      if (random.nextInt(3) == 0) {
        ring.begin();
        while (ring.next()) {
          int length2 = lengths.remove();
          assertEquals(length2, ring.length());
          assertEquals(seen, ring.slab().getInt(ring.offset()));
          assertEquals((byte) seen, ring.slab().get(ring.offset() + length2 - 1));
          assertEquals(7, ring.segmentBytes());
          assertEquals(seen, ring.ipv4());
          assertEquals(9, ring.port());
          seen++;
        }
        assertTrue(ring.isEmpty());
      }
    }
    assertTrue(seen > 2_000, seen + " of " + next);
  }

  @Test
  void refusesWhatHasNoRoomAndTakesItLater() {
    int taken = 0;
    while (ring.offer(source, 0, LONGEST, 0, 1, 1)) {
      taken++;
    }
    assertEquals(DatagramRing.BYTES / (LONGEST + 1 + 16), taken);
    ring.begin();
    assertTrue(ring.next());
    assertFalse(ring.offer(source, 0, LONGEST, 0, 1, 1), "the entry is being read");
    assertTrue(ring.next());
    assertTrue(ring.offer(source, 0, 16, 0, 1, 1), "the first one is free again");
  }

  @Test
  void anEntryThatWasBeingReadWhenTheReaderFailedIsNotReadAgain() {
    ring.offer(source, 0, 10, 0, 1, 1);
    ring.offer(source, 0, 10, 0, 2, 1);
    ring.begin();
    assertTrue(ring.next());
    ring.begin();
    assertTrue(ring.next());
    assertEquals(2, ring.ipv4());
    assertFalse(ring.next());
    assertTrue(ring.isEmpty());
  }

  @Test
  void oneThreadMayWriteWhileAnotherReads() throws Exception {
    int total = 300_000;
    CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> readInOrder(total));
    for (int i = 0; i < total; i++) {
      int length = 4 + i % 1_400;
      source.putInt(0, i);
      while (!ring.offer(source, 0, length, 0, i, 0)) {
        Thread.onSpinWait();
      }
    }
    assertEquals(total, reader.get());
  }

  private int readInOrder(int total) {
    int seen = 0;
    while (seen < total) {
      ring.begin();
      while (ring.next()) {
        if (ring.ipv4() != seen || ring.slab().getInt(ring.offset()) != seen) {
          return -1 - seen;
        }
        seen++;
      }
      Thread.onSpinWait();
    }
    return seen;
  }
}
