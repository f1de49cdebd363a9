package io.weft.sleeve;

import io.weft.gossip.crypto.SecretBox;
import java.nio.ByteBuffer;

/**
 * Seals datagrams of one connection in place (overlay.md B.3).
 *
 * <pre>
 * 0        6            14       30
 * | sender | D|sequence | tag 16 | sealed frame list
 * </pre>
 *
 * <p>One lane; the ciphers work on arrays, hence the way through the lane's scratch.
 */
final class DatagramSealer {
  private static final int SEQUENCE = SleeveProtocol.NAME_BYTES;
  private static final int TAG = SEQUENCE + SleeveProtocol.SEQUENCE_BYTES;
  private static final int FRAMES = TAG + SleeveProtocol.TAG_BYTES;

  private final SecretBox box;
  private final byte[] scratch;

  /**
   * A sealer for what this side sends.
   *
   * @param dialler this side dialled the TCP connection
   * @param scratch at least 65535 bytes, used only within a call
   */
  DatagramSealer(byte[] key, boolean dialler, byte[] scratch) {
    box = new SecretBox(key, polarity(dialler));
    this.scratch = scratch;
  }

  /** The first nonce byte of the side that dialled, or of the other one. */
  static int polarity(boolean dialler) {
    return dialler ? SleeveProtocol.DIALLER_POLARITY : 0;
  }

  /**
   * Seals the datagram that starts at {@code offset}, whose frame list is in place.
   *
   * @param length of the whole datagram
   * @param sequence with the stream flag; never used before under this key and polarity
   */
  void seal(ByteBuffer slab, int offset, int length, long sequence) {
    int plainBytes = length - FRAMES;
    slab.putLong(offset + SEQUENCE, sequence);
    slab.get(offset + FRAMES, scratch, SleeveProtocol.TAG_BYTES, plainBytes);
    box.seal(sequence, scratch, SleeveProtocol.TAG_BYTES, plainBytes, scratch, 0);
    slab.put(offset + TAG, scratch, 0, SleeveProtocol.TAG_BYTES + plainBytes);
  }
}
