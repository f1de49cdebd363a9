package io.weft.sleeve;

import io.weft.gossip.crypto.SecretBox;
import java.nio.ByteBuffer;

/** {@link DatagramCipher} by Bouncy Castle, which works on arrays: every text goes over one. */
final class HeapCipher implements DatagramCipher {
  private static final int TAG_BYTES = SleeveProtocol.TAG_BYTES;

  private final SecretBox box;
  private final byte[] scratch;

  HeapCipher(byte[] key, int nonceByte, byte[] scratch) {
    box = new SecretBox(key, nonceByte);
    this.scratch = scratch;
  }

  @Override
  public void seal(ByteBuffer slab, int text, int length, long number) {
    slab.get(text, scratch, TAG_BYTES, length);
    box.seal(number, scratch, TAG_BYTES, length, scratch, 0);
    slab.put(text - TAG_BYTES, scratch, 0, TAG_BYTES + length);
  }

  @Override
  public boolean open(ByteBuffer slab, int text, int length, long number, ByteBuffer plain) {
    slab.get(text - TAG_BYTES, scratch, 0, TAG_BYTES + length);
    boolean authentic = box.open(number, scratch, 0, TAG_BYTES + length, scratch, 0);
    if (authentic) {
      plain.put(LEAD_BYTES, scratch, 0, length);
    }
    return authentic;
  }
}
