package io.weft.sleeve;

import io.weft.linux.VnetFrame;
import java.nio.ByteBuffer;

/**
 * Reads an ordinary frame as a TCP segment: a cursor, reused from frame to frame. One per lane.
 *
 * <p>Only untagged frames whose IPv4 header has no options, or whose IPv6 header is directly
 * followed by TCP, are read as one; any other frame is none.
 */
final class TcpSegment {
  private static final int ETHERNET = SleeveProtocol.ETHERNET_BYTES;
  private static final int ETHER_TYPE = 12;
  private static final int FLAGS = 13;
  private static final int ACK_PSH_FIN_ECE = 0x59;
  private static final int ACK = 0x10;
  private static final int FRAGMENT = Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET_MASK;

  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int frame;
  private int length;
  private int transport;
  private int headerBytes;
  private boolean ipv4;

  /** Reads a frame; false when it is not TCP, or TCP that this does not read. */
  boolean read(ByteBuffer slab, int offset, int frameLength) {
    buffer = slab;
    frame = offset;
    ipv4 = slab.getShort(offset + ETHER_TYPE) == 0x0800;
    return ipv4 ? readIpv4(frameLength) : readIpv6(frameLength);
  }

  int frame() {
    return frame;
  }

  /** Length of the frame without padding. */
  int length() {
    return length;
  }

  /** Where the TCP header starts, from the frame's start. */
  int transport() {
    return transport;
  }

  /** Length of all headers. */
  int headerBytes() {
    return headerBytes;
  }

  int payloadBytes() {
    return length - headerBytes;
  }

  boolean isIpv4() {
    return ipv4;
  }

  /** Where source and destination address lie, from the frame's start. */
  int addresses() {
    return ipv4 ? ETHERNET + 12 : ETHERNET + 8;
  }

  /** Whether the segment may be part of a super-frame: plain data with a valid checksum. */
  boolean canBeJoined() {
    int flags = buffer.get(frame + transport + FLAGS);
    return payloadBytes() > 0
        && (flags & ~ACK_PSH_FIN_ECE) == 0
        && (flags & ACK) != 0
        && headerBytes <= VnetFrame.PREFIX_BYTES_MAX
        && (!ipv4 || hasValidIpv4Header())
        && hasValidChecksum();
  }

  private boolean hasValidIpv4Header() {
    return InternetChecksum.fold(
            InternetChecksum.sum(buffer, frame + ETHERNET, Ipv4.MIN_HEADER_BYTES))
        == 0xffff;
  }

  private boolean hasValidChecksum() {
    int bytes = length - transport;
    int addressBytes = ipv4 ? 8 : 32;
    long sum =
        FrameOffload.TCP
            + (long) bytes
            + InternetChecksum.sum(buffer, frame + addresses(), addressBytes)
            + InternetChecksum.sum(buffer, frame + transport, bytes);
    return InternetChecksum.fold(sum) == 0xffff;
  }

  private boolean readIpv4(int frameLength) {
    int ip = frame + ETHERNET;
    transport = ETHERNET + Ipv4.MIN_HEADER_BYTES;
    if (frameLength < transport + FrameOffload.TCP_HEADER_BYTES || buffer.get(ip) != 0x45) {
      return false;
    }
    length = ETHERNET + (buffer.getShort(ip + Ipv4.TOTAL_LENGTH) & 0xffff);
    return buffer.get(ip + 9) == FrameOffload.TCP
        && (buffer.getShort(ip + Ipv4.FLAGS_AND_OFFSET) & FRAGMENT) == 0
        && readTcp(frameLength);
  }

  private boolean readIpv6(int frameLength) {
    int ip = frame + ETHERNET;
    transport = ETHERNET + FrameOffload.IPV6_HEADER_BYTES;
    if (frameLength < transport + FrameOffload.TCP_HEADER_BYTES
        || buffer.getShort(frame + ETHER_TYPE) != (short) 0x86dd
        || buffer.get(ip) >>> 4 != 6) {
      return false;
    }
    length = transport + (buffer.getShort(ip + 4) & 0xffff);
    return buffer.get(ip + 6) == FrameOffload.TCP && readTcp(frameLength);
  }

  private boolean readTcp(int frameLength) {
    if (length > frameLength || length < transport + FrameOffload.TCP_HEADER_BYTES) {
      return false;
    }
    int tcpHeader = FrameOffload.tcpHeaderBytes(buffer, frame + transport);
    headerBytes = transport + tcpHeader;
    return tcpHeader >= FrameOffload.TCP_HEADER_BYTES && headerBytes <= length;
  }
}
