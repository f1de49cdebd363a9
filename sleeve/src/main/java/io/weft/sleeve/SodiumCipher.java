package io.weft.sleeve;

import io.weft.linux.SodiumSecretBox;
import java.nio.ByteBuffer;

/** {@link DatagramCipher} by libsodium, without a way over the heap. */
final class SodiumCipher implements DatagramCipher {
  private final SodiumSecretBox box;

  SodiumCipher(byte[] key, int nonceByte) {
    box = new SodiumSecretBox(key, nonceByte);
  }

  @Override
  public void seal(ByteBuffer slab, int text, int length, long number) {
    box.seal(slab, text, length, number);
  }

  @Override
  public boolean open(ByteBuffer slab, int text, int length, long number, ByteBuffer plain) {
    return box.open(slab, text, length, number, plain, LEAD_BYTES);
  }
}
