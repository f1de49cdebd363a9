package io.weft.sleeve;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/**
 * Checks what the sender of a frame has left to the device against the frame. The sender may be a
 * container with a packet socket or a peer, so nothing is done before this has said yes. No state;
 * any thread.
 */
public final class FrameOffload {
  /** Our choice: more than TCP's smallest segments can make of the longest frame. */
  static final int SEGMENTS_MAX = 1400;

  static final int TCP = 6;
  static final int UDP = 17;
  static final int TCP_CHECKSUM_OFFSET = 16;
  static final int UDP_CHECKSUM_OFFSET = 6;
  static final int TCP_HEADER_BYTES = 20;
  static final int UDP_HEADER_BYTES = 8;
  static final int IPV6_HEADER_BYTES = 40;

  private static final int ETHER_TYPE = 12;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int VLAN = 0x8100;
  private static final int PROVIDER_VLAN = 0x88a8;
  private static final int VLAN_TAG_BYTES = 4;
  private static final int VLAN_TAGS_MAX = 2;
  private static final int IPV4_PROTOCOL = 9;
  private static final int TCP_DATA_OFFSET = 12;
  private static final int FRAGMENT = Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET_MASK;

  private FrameOffload() {}

  /** Whether everything that {@code offload} says lies within the frame and agrees with it. */
  public static boolean fits(ByteBuffer buffer, int frame, int length, long offload) {
    if (offload == Offload.NONE) {
      return true;
    }
    int start = Offload.checksumStart(offload);
    int offset = Offload.checksumOffset(offload);
    if (start < SleeveProtocol.ETHERNET_BYTES || start + offset + Short.BYTES > length) {
      return false;
    }
    int segmentBytes = Offload.segmentBytes(offload);
    return switch (Offload.type(offload)) {
      case Offload.TYPE_NONE -> segmentBytes == 0;
      case Offload.TYPE_TCP4 ->
          isIpv4(buffer, frame, length, start, TCP)
              && isTcp(buffer, frame, length, start, offset, segmentBytes);
      case Offload.TYPE_TCP6 ->
          isIpv6(buffer, frame, length, start)
              && isTcp(buffer, frame, length, start, offset, segmentBytes);
      case Offload.TYPE_UDP ->
          (isIpv4(buffer, frame, length, start, UDP) || isIpv6(buffer, frame, length, start))
              && offset == UDP_CHECKSUM_OFFSET
              && isCut(length - start - UDP_HEADER_BYTES, segmentBytes);
      default -> false;
    };
  }

  /** Where the header behind Ethernet and VLAN tags starts, from the frame's start. */
  public static int networkHeader(ByteBuffer buffer, int frame, int length) {
    int header = SleeveProtocol.ETHERNET_BYTES;
    for (int tags = 0; tags < VLAN_TAGS_MAX && header + VLAN_TAG_BYTES <= length; tags++) {
      int type = etherType(buffer, frame, header);
      if (type != VLAN && type != PROVIDER_VLAN) {
        break;
      }
      header += VLAN_TAG_BYTES;
    }
    return header;
  }

  /** Length of the TCP header at {@code tcp} in the buffer. */
  public static int tcpHeaderBytes(ByteBuffer buffer, int tcp) {
    return (buffer.get(tcp + TCP_DATA_OFFSET) >>> 2) & 0x3c;
  }

  private static int etherType(ByteBuffer buffer, int frame, int networkHeader) {
    return buffer.getShort(frame + networkHeader - SleeveProtocol.ETHERNET_BYTES + ETHER_TYPE)
        & 0xffff;
  }

  private static boolean isIpv4(
      ByteBuffer buffer, int frame, int length, int transport, int protocol) {
    int header = networkHeader(buffer, frame, length);
    int ip = frame + header;
    return etherType(buffer, frame, header) == IPV4
        && transport >= header + Ipv4.MIN_HEADER_BYTES
        && buffer.get(ip) == (0x40 | ((transport - header) >>> 2))
        && ((transport - header) & 3) == 0
        && (buffer.getShort(ip + Ipv4.TOTAL_LENGTH) & 0xffff) == length - header
        && (buffer.getShort(ip + Ipv4.FLAGS_AND_OFFSET) & FRAGMENT) == 0
        && buffer.get(ip + IPV4_PROTOCOL) == protocol;
  }

  /** Extension headers before the transport header are taken for what their sender says. */
  private static boolean isIpv6(ByteBuffer buffer, int frame, int length, int transport) {
    int header = networkHeader(buffer, frame, length);
    int ip = frame + header;
    return etherType(buffer, frame, header) == IPV6
        && transport >= header + IPV6_HEADER_BYTES
        && buffer.get(ip) >>> 4 == 6
        && (buffer.getShort(ip + 4) & 0xffff) == length - header - IPV6_HEADER_BYTES;
  }

  private static boolean isTcp(
      ByteBuffer buffer, int frame, int length, int tcp, int offset, int segmentBytes) {
    if (offset != TCP_CHECKSUM_OFFSET || tcp + TCP_HEADER_BYTES > length) {
      return false;
    }
    int headerBytes = tcpHeaderBytes(buffer, frame + tcp);
    return headerBytes >= TCP_HEADER_BYTES && isCut(length - tcp - headerBytes, segmentBytes);
  }

  private static boolean isCut(int payloadBytes, int segmentBytes) {
    return segmentBytes > 0
        && payloadBytes > 0
        && (payloadBytes + segmentBytes - 1) / segmentBytes <= SEGMENTS_MAX;
  }
}
