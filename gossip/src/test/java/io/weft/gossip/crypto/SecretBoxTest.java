package io.weft.gossip.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.TestVectors;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SecretBoxTest {
  private static final long SEED = 0x5eed_0b0cL;

  private final byte[] key =
      TestVectors.bytes(TestVectors.json("encrypted-frames-v2").get("sessionKey").asText());

  @Test
  void sealsAndOpensTheFramesOfTheVector() {
    for (JsonNode frame : TestVectors.json("encrypted-frames-v2").get("frames")) {
      byte[] nonce = TestVectors.bytes(frame.get("nonce").asText());
      long number = ByteBuffer.wrap(nonce, 16, 8).getLong();
      byte[] plain = TestVectors.bytes(frame.get("plain").asText());
      byte[] framed = TestVectors.bytes(frame.get("frame").asText());
      byte[] sealed = Arrays.copyOfRange(framed, 4, framed.length);

      byte[] target = new byte[plain.length + SecretBox.OVERHEAD];
      SecretBox box = new SecretBox(key, nonce[0] & 0xff);
      box.seal(number, plain, 0, plain.length, target, 0);
      assertArrayEquals(sealed, target);
      byte[] opened = new byte[plain.length];
      assertTrue(box.open(number, sealed, 0, sealed.length, opened, 0));
      assertArrayEquals(plain, opened);
    }
  }

  @Test
  void worksInPlaceAndInDirectBuffers() {
    SplittableRandom random = new SplittableRandom(SEED);
    SecretBox box = new SecretBox(key, 0x80);
    for (int length : new int[] {0, 1, 15, 16, 17, 63, 64, 65, 1_400, 65_535}) {
      byte[] plain = new byte[length];
      random.nextBytes(plain);
      byte[] expected = new byte[length + SecretBox.OVERHEAD];
      box.seal(length, plain, 0, length, expected, 0);

      byte[] space = new byte[length + SecretBox.OVERHEAD + 5];
      System.arraycopy(plain, 0, space, 5 + SecretBox.OVERHEAD, length);
      box.seal(length, space, 5 + SecretBox.OVERHEAD, length, space, 5);
      assertArrayEquals(expected, Arrays.copyOfRange(space, 5, space.length));
      assertTrue(box.open(length, space, 5, expected.length, space, 5));
      assertArrayEquals(plain, Arrays.copyOfRange(space, 5, 5 + length));

      ByteBuffer source = ByteBuffer.allocateDirect(length).put(plain).flip();
      ByteBuffer sealed = ByteBuffer.allocateDirect(expected.length);
      box.seal(length, source, sealed);
      assertEquals(ByteBuffer.wrap(expected), sealed.flip());
      ByteBuffer opened = ByteBuffer.allocateDirect(length);
      assertTrue(box.open(length, sealed, opened));
      assertEquals(ByteBuffer.wrap(plain), opened.flip());
    }
  }

  @Test
  void opensNothingThatWasChanged() {
    SecretBox box = new SecretBox(key, 0xc0);
    byte[] plain = {1, 2, 3, 4, 5};
    byte[] sealed = new byte[plain.length + SecretBox.OVERHEAD];
    box.seal(7, plain, 0, plain.length, sealed, 0);
    byte[] target = new byte[plain.length];
    for (int bit = 0; bit < 8 * sealed.length; bit++) {
      byte[] changed = sealed.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertFalse(box.open(7, changed, 0, changed.length, target, 0));
    }
    assertFalse(box.open(8, sealed, 0, sealed.length, target, 0));
    assertFalse(new SecretBox(key, 0x40).open(7, sealed, 0, sealed.length, target, 0));
    for (int length = 0; length < sealed.length; length++) {
      assertFalse(box.open(7, sealed, 0, length, target, 0));
    }
    assertArrayEquals(new byte[plain.length], target);
    assertTrue(box.open(7, sealed, 0, sealed.length, target, 0));
  }

  @Test
  void forgetsItsKeyWhenWiped() {
    SecretBox box = new SecretBox(key, 0xc0);
    byte[] sealed = new byte[SecretBox.OVERHEAD];
    box.seal(0, new byte[0], 0, 0, sealed, 0);
    box.wipe();
    assertFalse(box.open(0, sealed, 0, sealed.length, new byte[0], 0));
  }
}
