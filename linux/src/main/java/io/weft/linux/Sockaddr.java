package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The kernel's socket address structures in buffers of native byte order. */
final class Sockaddr {
  /** Bytes of {@code sockaddr_in}. */
  static final int INET_BYTES = 16;

  /** Bytes of {@code sockaddr_ll}. */
  static final int PACKET_BYTES = 20;

  /** Bytes of {@code sockaddr_nl}. */
  static final int NETLINK_BYTES = 12;

  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final int PORT_OFFSET = 2;
  private static final int ADDRESS_OFFSET = 4;
  private static final int PACKET_PROTOCOL_OFFSET = 2;
  private static final int PACKET_INDEX_OFFSET = 4;
  private static final int PACKET_TYPE_OFFSET = 10;

  private Sockaddr() {}

  static void putInet(ByteBuffer buffer, int offset, int ipv4, int port) {
    buffer.putShort(offset, (short) SocketConstants.AF_INET);
    buffer.putShort(offset + PORT_OFFSET, network((short) port));
    buffer.putInt(offset + ADDRESS_OFFSET, network(ipv4));
    buffer.putLong(offset + 8, 0);
  }

  static int inetAddress(ByteBuffer buffer, int offset) {
    return network(buffer.getInt(offset + ADDRESS_OFFSET));
  }

  static int inetPort(ByteBuffer buffer, int offset) {
    return Short.toUnsignedInt(network(buffer.getShort(offset + PORT_OFFSET)));
  }

  static void putPacket(ByteBuffer buffer, int protocol, int linkIndex) {
    buffer.putShort(0, (short) SocketConstants.AF_PACKET);
    buffer.putShort(PACKET_PROTOCOL_OFFSET, network((short) protocol));
    buffer.putInt(PACKET_INDEX_OFFSET, linkIndex);
  }

  static int packetType(ByteBuffer buffer) {
    return buffer.get(PACKET_TYPE_OFFSET);
  }

  /** Swaps between native and network order, in either direction. */
  static short network(short value) {
    return LITTLE ? Short.reverseBytes(value) : value;
  }

  /** Swaps between native and network order, in either direction. */
  static int network(int value) {
    return LITTLE ? Integer.reverseBytes(value) : value;
  }
}
