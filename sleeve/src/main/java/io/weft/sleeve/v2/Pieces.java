package io.weft.sleeve.v2;

import java.nio.ByteBuffer;

/**
 * How an aggregate is cut into datagrams: into as many pieces as it takes, all of one length but
 * the last, which may be shorter. That length follows from the aggregate's and the number of
 * pieces, so every datagram says by itself where its piece belongs.
 *
 * <pre>
 * 0        3       6         14       16       17      18
 * | ff5732 | index | counter | length | pieces | piece | ...
 * </pre>
 */
final class Pieces {
  private Pieces() {}

  /** Pieces that {@code length} bytes make when each holds at most {@code capacity}. */
  static int count(int length, int capacity) {
    return (length + capacity - 1) / capacity;
  }

  /** Bytes of every piece but the last. */
  static int bytes(int length, int pieces) {
    return (length + pieces - 1) / pieces;
  }

  /** Bytes of piece {@code piece}. */
  static int bytes(int length, int pieces, int piece) {
    int bytes = bytes(length, pieces);
    return piece < pieces - 1 ? bytes : length - bytes * (pieces - 1);
  }

  /** Whether the header of a datagram of {@code datagramBytes} is one that an honest end writes. */
  static boolean isPossible(int length, int pieces, int piece, int datagramBytes) {
    return length > 0
        && piece < pieces
        && bytes(length, pieces) * (pieces - 1) < length
        && datagramBytes == Sleeve2Protocol.HEADER_BYTES + bytes(length, pieces, piece);
  }

  /** Writes a header, all but the number of the piece. */
  static void putHeader(byte[] header, int index, long counter, int length, int pieces) {
    putBytes(header, 0, Sleeve2Protocol.MAGIC, 3);
    putBytes(header, Sleeve2Protocol.INDEX_OFFSET, index, 3);
    putBytes(header, Sleeve2Protocol.COUNTER_OFFSET, counter, Long.BYTES);
    putBytes(header, Sleeve2Protocol.LENGTH_OFFSET, length, Short.BYTES);
    putBytes(header, Sleeve2Protocol.PIECES_OFFSET, pieces, 1);
  }

  /** Whether a datagram of at least three bytes is of {@code sleeve2}. */
  static boolean isOurs(ByteBuffer slab, int offset) {
    return bytes3(slab, offset) == Sleeve2Protocol.MAGIC;
  }

  /** The index in a header. */
  static int index(ByteBuffer slab, int offset) {
    return bytes3(slab, offset + Sleeve2Protocol.INDEX_OFFSET);
  }

  private static int bytes3(ByteBuffer slab, int offset) {
    return (slab.get(offset) & 0xff) << 16 | (slab.getShort(offset + 1) & 0xffff);
  }

  private static void putBytes(byte[] target, int offset, long value, int count) {
    for (int i = 0; i < count; i++) {
      target[offset + i] = (byte) (value >>> (8 * (count - 1 - i)));
    }
  }
}
