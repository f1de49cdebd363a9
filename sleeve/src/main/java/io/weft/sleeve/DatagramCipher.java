package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * XSalsa20-Poly1305 of one direction of a connection, over direct buffers (overlay.md B.3). The
 * last eight bytes of the nonce are a parameter, the rest is fixed. For one thread at a time.
 */
interface DatagramCipher {
  /** Bytes before an opened text that a cipher may need for itself. */
  int LEAD_BYTES = 32;

  /**
   * Seals a text in place and writes the 16 bytes of its tag before it. Everything else in the slab
   * is afterwards as it was; meanwhile bytes around the text may differ, so that no other thread
   * may work on its neighbours.
   *
   * @param text where the text starts, at least 16
   * @param number never used before under this key and first nonce byte
   */
  void seal(ByteBuffer slab, int text, int length, long number);

  /**
   * Opens a sealed text, which is left as it is, into another buffer.
   *
   * @param text where the sealed text starts, right behind its tag
   * @param plain receives the text at {@link #LEAD_BYTES}; whatever else it holds is lost, also
   *     when the text does not open
   * @return whether the text is authentic
   */
  boolean open(ByteBuffer slab, int text, int length, long number, ByteBuffer plain);
}
