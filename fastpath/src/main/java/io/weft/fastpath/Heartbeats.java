package io.weft.fastpath;

import java.nio.ByteBuffer;

/** Heartbeats on the wire (overlay.md C.4). */
final class Heartbeats {
  private Heartbeats() {}

  /**
   * Writes the frame of a heartbeat behind the place of its VXLAN header.
   *
   * @param datagram big-endian, large enough
   * @param token what a Weft router sends back when this arrives, 0 toward others
   * @return bytes of header and frame
   */
  static int write(ByteBuffer datagram, long connectionUid, int mtu, long token) {
    int at = FastdpProtocol.VXLAN_BYTES;
    return at + writeFrame(datagram, at, connectionUid, mtu, token);
  }

  /** Writes the frame alone, at {@code at}; otherwise as {@link #write}. */
  static int writeFrame(ByteBuffer datagram, int at, long connectionUid, int mtu, long token) {
    int frameBytes = mtu + FastdpProtocol.ETHERNET_BYTES;
    for (int i = at; i < at + frameBytes; i++) {
      datagram.put(i, (byte) 0);
    }
    datagram.putLong(at + FastdpProtocol.HEARTBEAT_UID_OFFSET, connectionUid);
    datagram.putShort(at + FastdpProtocol.HEARTBEAT_LENGTH_OFFSET, (short) frameBytes);
    if (frameBytes >= FastdpProtocol.HEARTBEAT_TOKEN_OFFSET + Long.BYTES) {
      datagram.putLong(at + FastdpProtocol.HEARTBEAT_TOKEN_OFFSET, token);
    }
    return frameBytes;
  }
}
