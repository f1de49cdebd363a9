package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Seals datagrams of one connection in place (overlay.md B.3).
 *
 * <pre>
 * 0        6            14       30
 * | sender | D|sequence | tag 16 | sealed frame list
 * </pre>
 *
 * <p>One lane.
 */
final class DatagramSealer {
  private static final int SEQUENCE = SleeveProtocol.NAME_BYTES;
  private static final int TAG = SEQUENCE + SleeveProtocol.SEQUENCE_BYTES;
  private static final int FRAMES = TAG + SleeveProtocol.TAG_BYTES;

  private final DatagramCipher cipher;

  /**
   * A sealer for what this side sends.
   *
   * @param dialler this side dialled the TCP connection
   * @param scratch as {@link CipherLibrary#cipher} says
   */
  DatagramSealer(CipherLibrary library, byte[] key, boolean dialler, byte[] scratch) {
    cipher = library.cipher(key, polarity(dialler), scratch);
  }

  /** The first nonce byte of the side that dialled, or of the other one. */
  static int polarity(boolean dialler) {
    return dialler ? SleeveProtocol.DIALLER_POLARITY : 0;
  }

  /**
   * Seals the datagram that starts at {@code offset}, whose frame list is in place. Datagrams may
   * lie next to one another, with nothing between them.
   *
   * @param slab direct and big-endian
   * @param length of the whole datagram
   * @param sequence with the stream flag; never used before under this key and polarity
   */
  void seal(ByteBuffer slab, int offset, int length, long sequence) {
    slab.putLong(offset + SEQUENCE, sequence);
    cipher.seal(slab, offset + FRAMES, length - FRAMES, sequence);
  }
}
