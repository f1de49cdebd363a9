package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a box does to the memory it is given; that its bytes are right is for sleeve's vectors. */
class SodiumSecretBoxTest {
  private static final long SEED = 0x5eed_b0c5L;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final byte[] key = bytes(32);

  @BeforeEach
  void needTheLibrary() {
    if (!Sodium.isAvailable()) {
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(Sodium.description() + "; not skipped because CI=true");
      }
      Assumptions.abort(Sodium.description());
    }
  }

  @Test
  void saysWhichLibraryItUses() {
    assertTrue(Sodium.description().startsWith("libsodium 1."), Sodium.description());
  }

  @Test
  void sealsTheSameInOneRunAndByTheLibrarysOwnSecretBox() {
    SodiumSecretBox box = new SodiumSecretBox(key, 0x80);
    for (int length : new int[] {0, 1, 479, 480, 481, 1_400, 60_000}) {
      byte[] text = bytes(length);
      ByteBuffer own = ByteBuffer.allocateDirect(16 + length).put(16, text);
      ByteBuffer run = ByteBuffer.allocateDirect(32 + length + 600).put(32, text);
      box.seal(own, 16, length, 5);
      box.seal(run, 32, length, 5);
      assertEquals(own, run.slice(16, 16 + length), length + " bytes, seed " + SEED);
    }
  }

  @Test
  void refusesRegionsOutsideTheBuffer() {
    SodiumSecretBox box = new SodiumSecretBox(key, 0);
    ByteBuffer slab = ByteBuffer.allocateDirect(100);
    ByteBuffer plain = ByteBuffer.allocateDirect(100);
    for (int[] region : new int[][] {{15, 10}, {-1, 10}, {32, 69}, {101, 0}, {32, 1 << 30}}) {
      assertThrows(IndexOutOfBoundsException.class, () -> box.seal(slab, region[0], region[1], 1));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> box.open(slab, region[0], region[1], 1, plain, 32));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> box.open(slab, 16, 10, 1, plain, 31));
    assertThrows(IndexOutOfBoundsException.class, () -> box.open(slab, 16, 69, 1, plain, 32));
    assertThrows(
        IllegalArgumentException.class, () -> box.seal(ByteBuffer.allocate(100), 32, 10, 1));
  }

  @Test
  void refusesAKeyOrNonceByteThatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> new SodiumSecretBox(new byte[31], 0));
    assertThrows(IllegalArgumentException.class, () -> new SodiumSecretBox(key, 256));
    assertThrows(IllegalArgumentException.class, () -> new SodiumSecretBox(key, -1));
  }

  @Test
  void leavesNoKeyOfTheTagBehind() {
    SodiumSecretBox box = new SodiumSecretBox(key, 0);
    ByteBuffer slab = ByteBuffer.allocateDirect(200);
    box.seal(slab, 32, 100, 1);
    ByteBuffer plain = ByteBuffer.allocateDirect(200);
    assertTrue(box.open(slab, 32, 100, 1, plain, 32));
    assertFalse(box.open(slab, 32, 100, 2, plain, 32));
    for (ByteBuffer buffer : new ByteBuffer[] {slab, plain}) {
      assertEquals(0, buffer.getLong(0));
      assertEquals(0, buffer.getLong(8));
    }
    assertEquals(0, plain.getLong(16));
    assertEquals(0, plain.getLong(24));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
