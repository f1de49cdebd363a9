package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/**
 * Whether what the sender of a frame says is left to the device fits the frame. The kernel trusts a
 * virtio-net header more than a peer deserves, so nothing passes that is not checked here.
 */
final class SuperFrames {
  /** Result of {@link #headerBytes}: the frame is not what its offload says. */
  static final int INVALID = -1;

  static final int IPV6_HEADER_BYTES = 40;
  static final int UDP_HEADER_BYTES = 8;

  private static final int TAGGED_BYTES = Sleeve2Protocol.ETHERNET_BYTES + 4;
  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_IPV6 = 0x86dd;
  private static final int TYPE_VLAN = 0x8100;
  private static final int PROTOCOL_TCP = 6;
  private static final int PROTOCOL_UDP = 17;
  private static final int TCP_HEADER_BYTES = 20;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;
  private static final int IPV4_HEADER_BYTES = 20;
  private static final int DONT_FRAGMENT = 0x40;
  private static final int FRAGMENT_BITS = 0x3fff;

  private SuperFrames() {}

  /** Whether a frame may be handed on with this offload; {@link Offload#NONE} fits every frame. */
  static boolean isValid(ByteBuffer buffer, int frame, int length, long offload) {
    if (offload == Offload.NONE) {
      return true;
    }
    if (Offload.type(offload) != Offload.TYPE_NONE) {
      return headerBytes(buffer, frame, length, offload) != INVALID;
    }
    int start = Offload.checksumStart(offload);
    return Offload.segmentBytes(offload) == 0
        && start >= Sleeve2Protocol.ETHERNET_BYTES
        && start + Offload.checksumOffset(offload) + Short.BYTES <= length;
  }

  /** Bytes of a super-frame's headers, down to those of TCP or UDP, or {@link #INVALID}. */
  static int headerBytes(ByteBuffer buffer, int frame, int length, long offload) {
    int network = networkOffset(buffer, frame, length);
    int start = Offload.checksumStart(offload);
    int type = Offload.type(offload);
    boolean udp = type == Offload.TYPE_UDP;
    int protocol = udp ? PROTOCOL_UDP : PROTOCOL_TCP;
    int least = start + (udp ? UDP_HEADER_BYTES : TCP_HEADER_BYTES);
    if (network < 0
        || least > length
        || Offload.segmentBytes(offload) == 0
        || Offload.checksumOffset(offload) != (udp ? UDP_CHECKSUM : TCP_CHECKSUM)) {
      return INVALID;
    }
    boolean networkFits =
        isIpv6(buffer, frame, network)
            ? (type == Offload.TYPE_TCP6 || udp)
                && ipv6Fits(buffer, frame, network, length, start, protocol)
            : (type == Offload.TYPE_TCP4 || udp)
                && ipv4Fits(buffer, frame, network, length, start, protocol);
    if (!networkFits) {
      return INVALID;
    }
    if (udp) {
      return least;
    }
    int tcpBytes = (buffer.get(frame + start + 12) & 0xf0) >> 2;
    boolean tcpFits = tcpBytes >= TCP_HEADER_BYTES && start + tcpBytes <= length;
    return tcpFits ? start + tcpBytes : INVALID;
  }

  /** Whether a frame of full Ethernet length or more is IPv4 and must not be fragmented. */
  static boolean isUncuttableIpv4(ByteBuffer buffer, int frame) {
    return unsignedShort(buffer, frame + 12) == TYPE_IPV4
        && (buffer.get(frame + 14) & 0xf0) == 0x40
        && (buffer.get(frame + 20) & DONT_FRAGMENT) != 0;
  }

  /** Where the network header of a frame begins; -1 when it is neither IPv4 nor IPv6. */
  static int networkOffset(ByteBuffer buffer, int frame, int length) {
    if (length < TAGGED_BYTES) {
      return -1;
    }
    int type = unsignedShort(buffer, frame + 12);
    int offset = Sleeve2Protocol.ETHERNET_BYTES;
    if (type == TYPE_VLAN) {
      type = unsignedShort(buffer, frame + 16);
      offset = TAGGED_BYTES;
    }
    return type == TYPE_IPV4 || type == TYPE_IPV6 ? offset : -1;
  }

  /** Whether the network header that {@link #networkOffset} has found is of IPv6. */
  static boolean isIpv6(ByteBuffer buffer, int frame, int network) {
    return unsignedShort(buffer, frame + network - 2) == TYPE_IPV6;
  }

  private static boolean ipv4Fits(
      ByteBuffer buffer, int frame, int network, int length, int start, int protocol) {
    int ip = frame + network;
    if (network + IPV4_HEADER_BYTES > length) {
      return false;
    }
    int first = buffer.get(ip) & 0xff;
    int headerBytes = (first & 0x0f) << 2;
    return first >> 4 == 4
        && headerBytes >= IPV4_HEADER_BYTES
        && network + headerBytes == start
        && unsignedShort(buffer, ip + 2) == length - network
        && (unsignedShort(buffer, ip + 6) & FRAGMENT_BITS) == 0
        && (buffer.get(ip + 9) & 0xff) == protocol;
  }

  private static boolean ipv6Fits(
      ByteBuffer buffer, int frame, int network, int length, int start, int protocol) {
    int ip = frame + network;
    return network + IPV6_HEADER_BYTES == start
        && (buffer.get(ip) & 0xf0) == 0x60
        && unsignedShort(buffer, ip + 4) == length - start
        && (buffer.get(ip + 6) & 0xff) == protocol;
  }

  private static int unsignedShort(ByteBuffer buffer, int offset) {
    return buffer.getShort(offset) & 0xffff;
  }
}
