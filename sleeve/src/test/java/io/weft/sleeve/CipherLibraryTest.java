package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both libraries write the same bytes, touch no others, and refuse the same. */
final class CipherLibraryTest {
  private static final long SEED = 0x5eed_50d1L;
  private static final int TAG = SleeveProtocol.TAG_BYTES;

  /** Around the ends of blocks and of rounds of the vector code, and the largest. */
  private static final int[] LENGTHS = {
    0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 479, 480, 481, 511, 512, 513, 991, 992,
    993, 1_400, 1_442, 9_000, 60_000, 65_471
  };

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final byte[] key = bytes(32);
  private final ByteBuffer plain = DatagramOpener.room();

  @BeforeEach
  void needBoth() {
    Ciphers.require(CipherLibrary.SODIUM);
  }

  @Test
  void agreeOnEveryByteWhereverTheTextLies() {
    DatagramCipher sodium = cipher(CipherLibrary.SODIUM, 0x80);
    DatagramCipher castle = cipher(CipherLibrary.BOUNCY_CASTLE, 0x80);
    for (int length : LENGTHS) {
      byte[] text = bytes(length);
      long number = random.nextLong();
      for (int start : new int[] {16, 17, 31, 32, 33, 100}) {
        for (int behind : new int[] {0, 1, 30, 511, 2_000}) {
          byte[] around = bytes(start + length + behind);
          System.arraycopy(text, 0, around, start, length);
          ByteBuffer ours = Ciphers.direct(around);
          ByteBuffer theirs = Ciphers.direct(around);
          sodium.seal(ours, start, length, number);
          castle.seal(theirs, start, length, number);
          String where = length + " bytes at " + start + ", " + behind + " behind, seed " + SEED;
          assertEquals(theirs, ours, where);
          assertOpens(sodium, ours, start, text, number, where);
          assertOpens(castle, ours, start, text, number, where);
          assertEquals(theirs, ours, "opening leaves the sealed text alone, " + where);
        }
      }
    }
  }

  @Test
  void sealNeighboursInOneSlabOneByOne() {
    DatagramSealer sealer = Ciphers.sealer(CipherLibrary.SODIUM, key, true);
    DatagramOpener opener = Ciphers.opener(CipherLibrary.BOUNCY_CASTLE, key, false);
    int size = 1_472;
    int count = 44;
    byte[] content = bytes(size * count);
    ByteBuffer slab = Ciphers.direct(content);
    for (int i = 0; i < count; i++) {
      sealer.seal(slab, i * size, size, i);
    }
    for (int i = 0; i < count; i++) {
      int at = i * size;
      assertEquals(FrameList.name(ByteBuffer.wrap(content), at), FrameList.name(slab, at));
      assertEquals(size - 30, opener.open(slab, at, size, plain), "datagram " + i);
      assertEquals(
          ByteBuffer.wrap(content, at + 30, size - 30),
          plain
              .duplicate()
              .position(DatagramOpener.FRAMES)
              .limit(DatagramOpener.FRAMES + size - 30));
    }
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void openNothingThatWasChanged(CipherLibrary library) {
    DatagramCipher cipher = cipher(library, 0x80);
    for (int length : new int[] {0, 1, 40, 600}) {
      ByteBuffer sealed = Ciphers.direct(bytes(TAG + length));
      cipher.seal(sealed, TAG, length, 7);
      for (int bit = 0; bit < 8 * (TAG + length); bit++) {
        flip(sealed, bit);
        assertFalse(cipher.open(sealed, TAG, length, 7, plain), "bit " + bit + " of " + length);
        flip(sealed, bit);
      }
      for (int shorter = 0; shorter < length; shorter++) {
        assertFalse(cipher.open(sealed, TAG, shorter, 7, plain), shorter + " of " + length);
      }
      assertFalse(cipher.open(sealed, TAG, length, 8, plain), "another number");
      assertFalse(cipher(library, 0).open(sealed, TAG, length, 7, plain), "the other direction");
      assertTrue(cipher.open(sealed, TAG, length, 7, plain), "as it was sealed");
    }
  }

  /** The tags that a broken authenticator would take: none, all ones, the key's second half. */
  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void refuseTagsThatMeanNothing(CipherLibrary library) {
    DatagramCipher cipher = cipher(library, 0x80);
    for (int value : new int[] {0, 0xff, 0x01, 0x80}) {
      ByteBuffer forged = ByteBuffer.allocateDirect(TAG + 64);
      for (int i = 0; i < TAG; i++) {
        forged.put(i, (byte) value);
      }
      for (int length : new int[] {0, 1, 16, 64}) {
        assertFalse(cipher.open(forged, TAG, length, 1, plain), value + ", " + length);
      }
    }
  }

  private void assertOpens(
      DatagramCipher cipher, ByteBuffer sealed, int start, byte[] text, long number, String why) {
    assertTrue(cipher.open(sealed, start, text.length, number, plain), why);
    assertArrayEquals(text, Vectors.bytes(plain, DatagramCipher.LEAD_BYTES, text.length), why);
  }

  private DatagramCipher cipher(CipherLibrary library, int nonceByte) {
    return library.cipher(key, nonceByte, new byte[65_535]);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void flip(ByteBuffer buffer, int bit) {
    buffer.put(bit / 8, (byte) (buffer.get(bit / 8) ^ 1 << bit % 8));
  }
}
