package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Frame lists and their gathering into datagrams (overlay.md B.2, B.10). */
final class FrameListTest {
  private static final int MAX = SleeveProtocol.MAX_PAYLOAD_BYTES;

  private final FrameList list = new FrameList();

  @Test
  void readsTheFramesBeforeABreak() {
    ByteBuffer batch = Vectors.buffer("sleeve-plain-batch2");
    list.wrap(batch, 6, batch.capacity() - 1);
    assertTrue(list.next());
    assertEquals(42, list.length());
    assertFalse(list.next());
    assertTrue(list.isMalformed());
    assertFalse(list.next());
  }

  @Test
  void refusesTrailingBytesAndEmptyLists() {
    ByteBuffer batch = ByteBuffer.allocate(200).put(Vectors.hex("sleeve-plain-batch2"));
    list.wrap(batch, 6, 134 + 13);
    assertTrue(list.next());
    assertTrue(list.next());
    assertFalse(list.next());
    assertTrue(list.isMalformed());
    list.wrap(batch, 6, 6);
    assertFalse(list.next());
    assertTrue(list.isMalformed());
  }

  @Test
  void neverReadsBeyondRandomDatagrams() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[random.nextInt(6, 300)];
      random.nextBytes(bytes);
      for (int i = 12; i + 1 < bytes.length; i += random.nextInt(1, 40)) {
        bytes[i] = 0;
      }
      list.wrap(ByteBuffer.wrap(bytes), 6, bytes.length);
      while (list.next()) {
        assertTrue(
            list.frame() + list.length() <= bytes.length, "seed " + seed + " round " + round);
      }
    }
  }

  @Test
  void joinsFramesUpToThePathAndTheHundredth() {
    DatagramVector vector = new DatagramVector(Sealing.PLAIN);
    ByteBuffer frame = ByteBuffer.allocate(60);
    for (int i = 0; i < 101; i++) {
      assertEquals(
          DatagramVector.Result.ADDED, vector.add(frame, 0, 60, Vectors.A, Vectors.B, MAX, MAX));
    }
    assertEquals(2, vector.count());
    assertEquals(100, vector.frames(0));
    assertEquals(6 + 100 * 74, vector.length(0));
    assertEquals(1, vector.frames(1));

    vector.clear();
    int path = 6 + 2 * 74;
    for (int i = 0; i < 3; i++) {
      vector.add(frame, 0, 60, Vectors.A, Vectors.B, path, path);
    }
    assertEquals(2, vector.count());
    assertEquals(path, vector.length(0));
  }

  @Test
  void refusesWhatFitsNoDatagramAndAsksToBeSentWhenFull() {
    DatagramVector vector = new DatagramVector(Sealing.ENCRYPTED);
    ByteBuffer frame = ByteBuffer.allocate(65_507);
    assertEquals(
        DatagramVector.Result.TOO_BIG,
        vector.add(frame, 0, 65_507 - 43, Vectors.A, Vectors.B, MAX, MAX));
    assertEquals(
        DatagramVector.Result.ADDED,
        vector.add(frame, 0, 65_507 - 44, Vectors.A, Vectors.B, MAX, MAX));
    assertEquals(
        DatagramVector.Result.ADDED,
        vector.add(frame, 0, 65_507 - 44, Vectors.A, Vectors.B, MAX, MAX));
    assertEquals(
        DatagramVector.Result.FULL, vector.add(frame, 0, 60, Vectors.A, Vectors.B, MAX, MAX));
    vector.clear();
    for (int i = 0; i < SleeveProtocol.SEND_VECTOR; i++) {
      vector.add(frame, 0, 60, Vectors.A, Vectors.B, MAX, 0);
    }
    assertEquals(
        DatagramVector.Result.FULL, vector.add(frame, 0, 60, Vectors.A, Vectors.B, MAX, 0));
  }
}
