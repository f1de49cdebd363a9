package io.weft.gossip.gob;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.TestVectors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GobRobustnessTest {
  private static final long SEED = 0x5eed_60b1L;

  @Test
  void everyTruncationIsAFaultOrACompleteShorterStream() {
    for (String name : TestVectors.GOB_VECTORS) {
      byte[] stream = TestVectors.hex(name);
      int complete = 0;
      for (int length = 1; length < stream.length; length++) {
        if (readsToTheEnd(name, Arrays.copyOf(stream, length))) {
          complete++;
        }
      }
      // Only the boundary between two peers of a topology, or between definitions, is complete.
      assertTrue(complete <= 14, name + " has " + complete + " complete truncations");
      assertNotEquals(stream.length - 1, complete);
    }
  }

  @Test
  void everyBitFlipIsAFaultOrAnotherValue() {
    for (String name : TestVectors.GOB_VECTORS) {
      byte[] stream = TestVectors.hex(name);
      for (int bit = 0; bit < 8 * stream.length; bit++) {
        byte[] flipped = stream.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        int position = bit;
        assertDoesNotThrow(
            () -> readsToTheEnd(name, flipped), () -> name + " with bit " + position + " flipped");
      }
    }
  }

  @Test
  void randomBytesAreAFaultOrAValue() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 20_000; round++) {
      byte[] stream = new byte[random.nextInt(200)];
      random.nextBytes(stream);
      String name = TestVectors.GOB_VECTORS.get(round % TestVectors.GOB_VECTORS.size());
      int at = round;
      assertDoesNotThrow(() -> readsToTheEnd(name, stream), () -> "seed " + SEED + " round " + at);
    }
  }

  @Test
  void randomValuesBehindRealDefinitionsAreAFaultOrAValue() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    byte[] prefix = TestVectors.hexAt("vectors/ipam/descriptors_gossipstate.hex");
    for (int round = 0; round < 20_000; round++) {
      byte[] value = new byte[3 + random.nextInt(60)];
      random.nextBytes(value);
      for (int i = 3; i < value.length; i++) {
        // Small numbers reach deeper: they are plausible deltas and counts.
        value[i] = random.nextInt(4) == 0 ? value[i] : (byte) random.nextInt(5);
      }
      value[0] = (byte) (value.length - 1);
      value[1] = (byte) 0xff;
      value[2] = (byte) 0x82;
      byte[] stream = Arrays.copyOf(prefix, prefix.length + value.length);
      System.arraycopy(value, 0, stream, prefix.length, value.length);
      int at = round;
      assertDoesNotThrow(
          () -> readsToTheEnd("sub-ipam-state-ring", stream),
          () -> "seed " + SEED + " round " + at);
    }
  }

  /** Whether the stream is well-formed; anything but a {@link GobException} fails the test. */
  private static boolean readsToTheEnd(String name, byte[] stream) {
    GobReader reader = new GobReader(stream);
    GobType type = GobSamples.typeOf(name);
    try {
      while (!reader.atEnd()) {
        reader.read(type);
        if (name.startsWith("topology")) {
          reader.read(GobSamples.CONNECTIONS);
        }
      }
      return true;
    } catch (GobException e) {
      assertTrue(e.position() >= 0 && e.position() <= stream.length);
      return false;
    }
  }
}
