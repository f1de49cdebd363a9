package io.weft.sleeve;

import io.weft.linux.VnetFrame;
import java.nio.ByteBuffer;

/**
 * Consecutive TCP segments of one flow that become one super-frame, by the rules of the kernel's
 * own joining (GRO): the same headers but for lengths, identification, sequence number, checksum,
 * FIN and PSH; each continues where the one before ended, and all are as long as the first but the
 * last, which may be shorter.
 *
 * <p>Payloads stay where they are in the batch; the super-frame's headers are made beside them.
 */
final class JoinedFlow {
  /** Our choice: as many segments of Ethernet size as the longest frame has, and some to spare. */
  private static final int SEGMENTS_MAX = 64;

  private static final int TOTAL_MAX = 0xffff;
  private static final int ETHERNET = SleeveProtocol.ETHERNET_BYTES;
  private static final int ETHER_TYPE = 12;
  private static final int IPV6_HEADER_BYTES = FrameOffload.IPV6_HEADER_BYTES;
  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGEMENT = 8;
  private static final int FLAGS = 13;
  private static final int WINDOW = 14;
  private static final int FIN_AND_PSH = 0x09;
  private static final int DONT_FRAGMENT = 0x4000;

  final VnetFrame frame = new VnetFrame(SEGMENTS_MAX);

  private ByteBuffer slab = ByteBuffer.allocate(0);
  private int first;
  private int firstLength;
  private int transport;
  private int headerBytes;
  private int segmentBytes;
  private int payloadBytes;
  private int nextSequence;
  private int count;
  private int lastFlags;
  private boolean complete;
  private boolean fixedId;

  /** Segments held; 0 when this is free. */
  int count() {
    return count;
  }

  /** Whether nothing can follow the last segment. */
  boolean isComplete() {
    return complete;
  }

  /** Holds a first segment that {@link TcpSegment} has accepted. */
  void begin(ByteBuffer buffer, TcpSegment segment) {
    slab = buffer;
    first = segment.frame();
    firstLength = segment.length();
    transport = segment.transport();
    headerBytes = segment.headerBytes();
    segmentBytes = segment.payloadBytes();
    payloadBytes = segmentBytes;
    count = 1;
    fixedId = false;
    frame.clear();
    frame.add(slab, first + headerBytes, segmentBytes);
    note(segment);
  }

  /** Whether a segment belongs to this connection and direction. */
  boolean isFlowOf(ByteBuffer buffer, TcpSegment segment) {
    if (segment.transport() != transport
        || buffer.getInt(segment.frame() + transport) != slab.getInt(first + transport)) {
      return false;
    }
    int addresses = segment.isIpv4() ? 8 : 32;
    int from = segment.addresses();
    for (int i = 0; i < addresses; i += Long.BYTES) {
      if (buffer.getLong(segment.frame() + from + i) != slab.getLong(first + from + i)) {
        return false;
      }
    }
    return true;
  }

  /** Adds a segment of this flow when it continues the super-frame. */
  boolean join(TcpSegment segment) {
    int bytes = segment.payloadBytes();
    if (complete
        || !frame.hasRoom()
        || bytes > segmentBytes
        || segment.headerBytes() != headerBytes
        || headerBytes - ETHERNET + payloadBytes + bytes > TOTAL_MAX
        || headerBytes + payloadBytes + bytes > TOTAL_MAX
        || slab.getInt(segment.frame() + transport + SEQUENCE) != nextSequence
        || !sameHeaders(segment.frame())) {
      return false;
    }
    frame.add(slab, segment.frame() + headerBytes, bytes);
    payloadBytes += bytes;
    count++;
    note(segment);
    complete |= bytes < segmentBytes;
    return true;
  }

  /** Makes {@link #frame} ready to be written, and frees this. */
  void finish() {
    if (count == 1) {
      frame.clear();
      frame.add(slab, first, firstLength);
    } else {
      putHeaders();
    }
    count = 0;
  }

  private void note(TcpSegment segment) {
    lastFlags = slab.get(segment.frame() + transport + FLAGS);
    complete = (lastFlags & FIN_AND_PSH) != 0;
    nextSequence = slab.getInt(segment.frame() + transport + SEQUENCE) + segment.payloadBytes();
  }

  private boolean sameHeaders(int other) {
    return same(other, 0, ETHERNET)
        && (slab.getShort(first + ETHER_TYPE) == 0x0800 ? sameIpv4(other) : sameIpv6(other))
        && same(other, transport + ACKNOWLEDGEMENT, transport + FLAGS)
        && ((slab.get(other + transport + FLAGS) ^ slab.get(first + transport + FLAGS))
                & ~FIN_AND_PSH)
            == 0
        && slab.getShort(other + transport + WINDOW) == slab.getShort(first + transport + WINDOW)
        && same(other, transport + FrameOffload.TCP_HEADER_BYTES, headerBytes);
  }

  /** Type of service, flags, lifetime; and an identification that cutting gives back. */
  private boolean sameIpv4(int other) {
    int ip = first + ETHERNET;
    int otherIp = other + ETHERNET;
    if (slab.getShort(otherIp) != slab.getShort(ip)
        || slab.getInt(otherIp + Ipv4.FLAGS_AND_OFFSET) >>> 8
            != slab.getInt(ip + Ipv4.FLAGS_AND_OFFSET) >>> 8) {
      return false;
    }
    int step = (slab.getShort(otherIp + 4) - slab.getShort(ip + 4)) & 0xffff;
    boolean dontFragment = (slab.getShort(ip + Ipv4.FLAGS_AND_OFFSET) & DONT_FRAGMENT) != 0;
    // With "don't fragment" the identification means nothing (RFC 6864); some senders fix it.
    if (dontFragment && step == 0 && (count == 1 || fixedId)) {
      fixedId = true;
      return true;
    }
    return !fixedId && step == count;
  }

  private boolean sameIpv6(int other) {
    int ip = first + ETHERNET;
    int otherIp = other + ETHERNET;
    return slab.getInt(otherIp) == slab.getInt(ip)
        && slab.getShort(otherIp + 6) == slab.getShort(ip + 6);
  }

  private boolean same(int other, int from, int to) {
    for (int i = from; i < to; i++) {
      if (slab.get(other + i) != slab.get(first + i)) {
        return false;
      }
    }
    return true;
  }

  private void putHeaders() {
    ByteBuffer out = frame.prefix();
    out.put(0, slab, first, headerBytes);
    int transportBytes = headerBytes - transport + payloadBytes;
    int ip = ETHERNET;
    boolean ipv4 = out.getShort(ETHER_TYPE) == 0x0800;
    long pseudo = FrameOffload.TCP + (long) transportBytes;
    if (ipv4) {
      out.putShort(ip + Ipv4.TOTAL_LENGTH, (short) (transport - ETHERNET + transportBytes));
      out.putShort(ip + Ipv4.CHECKSUM, (short) 0);
      long sum = InternetChecksum.sum(out, ip, transport - ETHERNET);
      out.putShort(ip + Ipv4.CHECKSUM, InternetChecksum.of(sum, false));
      pseudo += InternetChecksum.sum(out, ip + 12, 8);
    } else {
      out.putShort(ip + 4, (short) (transport - ETHERNET - IPV6_HEADER_BYTES + transportBytes));
      pseudo += InternetChecksum.sum(out, ip + 8, 32);
    }
    int flags = out.get(transport + FLAGS) | (lastFlags & FIN_AND_PSH);
    out.put(transport + FLAGS, (byte) flags);
    out.putShort(
        transport + FrameOffload.TCP_CHECKSUM_OFFSET, (short) InternetChecksum.fold(pseudo));
    frame.setPrefixBytes(headerBytes);
    frame.setHeader(
        VnetFrame.NEEDS_CHECKSUM,
        ipv4 ? VnetFrame.GSO_TCP4 : VnetFrame.GSO_TCP6,
        headerBytes,
        segmentBytes,
        transport,
        FrameOffload.TCP_CHECKSUM_OFFSET);
  }
}
