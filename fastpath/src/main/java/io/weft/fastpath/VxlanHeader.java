package io.weft.fastpath;

import java.nio.ByteBuffer;

/** The header between UDP and a frame (overlay.md C.1). No state; any thread. */
final class VxlanHeader {
  private static final int IDENTIFIER_SHIFT = Byte.SIZE;
  private static final int RESERVED = 0xff;

  private VxlanHeader() {}

  /** Writes a header for frames of one peer to another, both named by their short ids. */
  static void put(ByteBuffer datagram, int at, int source, int destination) {
    datagram.putInt(at, FastdpProtocol.VXLAN_FLAGS);
    datagram.putInt(
        at + Integer.BYTES, FastdpForwarder.tunnel(source, destination) << IDENTIFIER_SHIFT);
  }

  /** Whether a header is as we know it: kernels drop what has unknown bits set, too. */
  static boolean isValid(ByteBuffer datagram, int at) {
    return datagram.getInt(at) == FastdpProtocol.VXLAN_FLAGS
        && (datagram.getInt(at + Integer.BYTES) & RESERVED) == 0;
  }

  /** Short id of the peer that captured the frame. */
  static int source(ByteBuffer datagram, int at) {
    return datagram.getInt(at + Integer.BYTES) >>> IDENTIFIER_SHIFT
        & (FastdpProtocol.SHORT_IDS - 1);
  }

  /** Short id of the peer that the frame is for. */
  static int destination(ByteBuffer datagram, int at) {
    return datagram.getInt(at + Integer.BYTES)
        >>> (IDENTIFIER_SHIFT + FastdpProtocol.SHORT_ID_BITS);
  }
}
