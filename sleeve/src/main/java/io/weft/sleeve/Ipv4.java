package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * IPv4 inside an untagged Ethernet II frame, read in place. Frames come from containers and peers,
 * so {@link #isIpv4} must have said yes before anything else is asked. No state; any thread.
 */
final class Ipv4 {
  /** Where the IPv4 header starts in a frame. */
  static final int HEADER = SleeveProtocol.ETHERNET_BYTES;

  static final int MIN_HEADER_BYTES = 20;
  static final int MAX_HEADER_BYTES = 60;
  static final int TOTAL_LENGTH = 2;
  static final int FLAGS_AND_OFFSET = 6;
  static final int CHECKSUM = 10;
  static final int MORE_FRAGMENTS = 0x2000;
  static final int OFFSET_MASK = 0x1fff;

  private static final int ETHER_TYPE = 12;
  private static final short ETHER_TYPE_IPV4 = 0x0800;
  private static final int DONT_FRAGMENT = 0x4000;

  private Ipv4() {}

  /**
   * Whether the frame is Ethernet II with IPv4 whose header and total length lie within the frame.
   */
  static boolean isIpv4(ByteBuffer buffer, int frame, int length) {
    if (length < HEADER + MIN_HEADER_BYTES
        || buffer.getShort(frame + ETHER_TYPE) != ETHER_TYPE_IPV4) {
      return false;
    }
    int ip = frame + HEADER;
    int headerBytes = headerBytes(buffer, frame);
    int totalLength = buffer.getShort(ip + TOTAL_LENGTH) & 0xffff;
    return buffer.get(ip) >>> 4 == 4
        && headerBytes >= MIN_HEADER_BYTES
        && totalLength >= headerBytes
        && totalLength <= length - HEADER;
  }

  /** Length of the IPv4 header with its options: 20 to 60. */
  static int headerBytes(ByteBuffer buffer, int frame) {
    return (buffer.get(frame + HEADER) & 0x0f) << 2;
  }

  /** Length of header and payload, without Ethernet padding. */
  static int totalLength(ByteBuffer buffer, int frame) {
    return buffer.getShort(frame + HEADER + TOTAL_LENGTH) & 0xffff;
  }

  /** Whether routers may not fragment the packet. */
  static boolean dontFragment(ByteBuffer buffer, int frame) {
    return (buffer.getShort(frame + HEADER + FLAGS_AND_OFFSET) & DONT_FRAGMENT) != 0;
  }

  /** The Internet checksum (RFC 1071) of {@code length} bytes. */
  static short checksum(ByteBuffer buffer, int offset, int length) {
    int sum = 0;
    int end = offset + (length & ~1);
    for (int i = offset; i < end; i += 2) {
      sum += buffer.getShort(i) & 0xffff;
    }
    if ((length & 1) != 0) {
      sum += (buffer.get(end) & 0xff) << 8;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  /** Zeros behind a frame up to Ethernet's least length; returns the padded length. */
  static int pad(ByteBuffer buffer, int frame, int length) {
    for (int i = length; i < SleeveProtocol.MIN_ETHERNET_BYTES; i++) {
      buffer.put(frame + i, (byte) 0);
    }
    return Math.max(length, SleeveProtocol.MIN_ETHERNET_BYTES);
  }
}
