package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Putting aggregates together from pieces in any order. */
final class ReassemblyTest {
  private final List<Integer> abandoned = new ArrayList<>();
  private final Reassembly reassembly =
      new Reassembly((session, pieces, received) -> abandoned.add(received));
  private final ReceiveSession session = session(1);

  @Test
  void takesPiecesInAnyOrder() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int counter = 0; counter < 300; counter++) {
      int length = random.nextInt(600, Sleeve2Protocol.MAX_SEALED_BYTES + 1);
      int pieces = Pieces.count(length, random.nextInt(530, 1454));
      byte[] aggregate = Frames.bytes(length, counter);
      List<Integer> order = new ArrayList<>();
      for (int piece = 0; piece < pieces; piece++) {
        order.add(piece);
      }
      Collections.shuffle(order, new Random(random.nextLong()));
      Reassembly.Slot done = null;
      for (int piece : order) {
        assertNull(done, "seed " + seed);
        done = add(session, counter, aggregate, pieces, piece);
      }
      assertNotNull(done, "seed " + seed);
      assertArrayEquals(aggregate, Arrays.copyOf(done.data(), length), "seed " + seed);
    }
    assertEquals(List.of(), abandoned);
  }

  @Test
  void refusesAPieceTwiceAndAHeaderThatContradictsTheFirst() {
    byte[] aggregate = Frames.bytes(3_000, 1);
    assertNull(add(session, 5, aggregate, 3, 0));
    assertFalse(reassembly.wasDuplicate());
    assertNull(add(session, 5, aggregate, 3, 0));
    assertTrue(reassembly.wasDuplicate());
    assertNull(add(session, 5, Frames.bytes(2_998, 1), 3, 1));
    assertTrue(reassembly.wasDuplicate());
    assertNull(add(session, 5, aggregate, 3, 1));
    assertNotNull(add(session, 5, aggregate, 3, 2));
  }

  @Test
  void givesUpTheOldestOfAConnectionThatHasTooMany() {
    byte[] aggregate = Frames.bytes(3_000, 1);
    for (int counter = 0; counter < 100; counter++) {
      assertNull(add(session, counter, aggregate, 3, 0));
    }
    assertEquals(100 - Sleeve2Protocol.REASSEMBLIES_OF_ONE, abandoned.size());
    assertNull(add(session, 99, aggregate, 3, 1));
    assertNotNull(add(session, 99, aggregate, 3, 2), "the newest is still there");
  }

  @Test
  void aConnectionWithEightSessionsHasTheShareOfOne() {
    List<ReceiveSession> sessions =
        ReceiveSession.first(1, 8, null, 8, new SilentOwner(2, 1)).all();
    ReceiveSession other = session(1);
    byte[] aggregate = Frames.bytes(3_000, 1);
    assertNull(add(other, 0, aggregate, 3, 0));
    for (int i = 0; i < 100; i++) {
      assertNull(add(sessions.get(i % 8), i, aggregate, 3, 0));
    }
    assertEquals(100 - Sleeve2Protocol.REASSEMBLIES_OF_ONE, abandoned.size());
    for (int i = 92; i < 100; i++) {
      assertNull(add(sessions.get(i % 8), i, aggregate, 3, 1));
      assertNotNull(add(sessions.get(i % 8), i, aggregate, 3, 2), "the newest are still there");
    }
    assertNull(add(other, 0, aggregate, 3, 1));
    assertNotNull(add(other, 0, aggregate, 3, 2), "and so is the other connection's");
  }

  @Test
  void oneConnectionDoesNotPushOutAnother() {
    ReceiveSession other = session(2);
    byte[] aggregate = Frames.bytes(3_000, 1);
    assertNull(add(other, 0, aggregate, 3, 0));
    for (int counter = 0; counter < 1_000; counter++) {
      add(session, counter, aggregate, 3, 0);
    }
    assertNull(add(other, 0, aggregate, 3, 1));
    assertNotNull(add(other, 0, aggregate, 3, 2));
  }

  @Test
  void holdsNoMoreThanItsBoundOverAllConnections() {
    byte[] aggregate = Frames.bytes(3_000, 1);
    for (int i = 0; i < 200; i++) {
      add(session(i), 0, aggregate, 3, 0);
    }
    assertEquals(200 - Sleeve2Protocol.REASSEMBLIES, abandoned.size());
  }

  private Reassembly.@Nullable Slot add(
      ReceiveSession of, long counter, byte[] aggregate, int pieces, int piece) {
    int bytes = Pieces.bytes(aggregate.length, pieces, piece);
    assertTrue(
        Pieces.isPossible(aggregate.length, pieces, piece, Sleeve2Protocol.HEADER_BYTES + bytes));
    int from = piece * Pieces.bytes(aggregate.length, pieces);
    ByteBuffer slab = ByteBuffer.wrap(aggregate);
    return reassembly.add(of, counter, aggregate.length, pieces, piece, slab, from, bytes);
  }

  private static ReceiveSession session(int index) {
    return new ReceiveSession(1, index, null, new SilentOwner(2, 1));
  }
}
