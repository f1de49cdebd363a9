package io.weft.fastpath;

import io.weft.gossip.overlay.Offload;
import io.weft.sleeve.FrameOffload;
import io.weft.sleeve.InternetChecksum;
import java.nio.ByteBuffer;

/**
 * Finds out what a sender's kernel has left to a device that never came. Where hosts are virtual
 * and their cable is memory, a kernel that wraps frames itself leaves the inner checksum, and the
 * cutting of super-frames, to the receiver's kernel; that undoes it for its own VXLAN device, but
 * not for a program that reads UDP. No state; any thread.
 *
 * <p>Such a frame has in its checksum field the sum of the pseudo header alone.
 */
final class UnfinishedFrame {
  /** Nobody can tell how long the parts of this super-frame were. */
  static final long UNKNOWN = -1;

  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int IPV4_HEADER_BYTES = 20;
  private static final int IPV6_HEADER_BYTES = 40;
  private static final int FRAGMENT = 0x3fff;
  private static final int TCP = 6;
  private static final int TCP_BYTES = 20;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP = 17;
  private static final int UDP_BYTES = 8;
  private static final int UDP_CHECKSUM = 6;

  private UnfinishedFrame() {}

  /**
   * What is left to do to a frame.
   *
   * @param buffer big-endian
   * @param length at least an Ethernet header
   * @param mtu longest packet that our containers take; super-frames are cut to it
   * @return {@link Offload#NONE} for a whole frame, else as {@link Offload} packs it, or {@link
   *     #UNKNOWN}
   */
  static long offload(ByteBuffer buffer, int frame, int length, int mtu) {
    int network = FrameOffload.networkHeader(buffer, frame, length);
    int ip = frame + network;
    int room = length - network;
    int type = buffer.getShort(ip - Short.BYTES) & 0xffff;
    if (type == IPV4 && room >= IPV4_HEADER_BYTES) {
      int headerBytes = (buffer.get(ip) & 0xf) << 2;
      int bytes = (buffer.getShort(ip + 2) & 0xffff) - headerBytes;
      boolean whole = (buffer.getShort(ip + 6) & FRAGMENT) == 0;
      if (!whole || headerBytes < IPV4_HEADER_BYTES || headerBytes + bytes > room) {
        return Offload.NONE;
      }
      long sum = InternetChecksum.sum(buffer, ip + 12, 2 * Integer.BYTES);
      int protocol = buffer.get(ip + 9);
      return transport(
          buffer, frame, length, network, network + headerBytes, bytes, protocol, sum, mtu);
    }
    if (type == IPV6 && room >= IPV6_HEADER_BYTES) {
      int bytes = buffer.getShort(ip + 4) & 0xffff;
      if (IPV6_HEADER_BYTES + bytes > room) {
        return Offload.NONE;
      }
      long sum = InternetChecksum.sum(buffer, ip + 8, 4 * Long.BYTES);
      int start = network + IPV6_HEADER_BYTES;
      return transport(buffer, frame, length, network, start, bytes, buffer.get(ip + 6), sum, mtu);
    }
    return Offload.NONE;
  }

  private static long transport(
      ByteBuffer buffer,
      int frame,
      int length,
      int network,
      int start,
      int bytes,
      int protocol,
      long addresses,
      int mtu) {
    boolean tcp = protocol == TCP;
    if ((!tcp && protocol != UDP) || bytes < (tcp ? TCP_BYTES : UDP_BYTES)) {
      return Offload.NONE;
    }
    int field = tcp ? TCP_CHECKSUM : UDP_CHECKSUM;
    long pseudoHeader = addresses + protocol + bytes;
    int at = frame + start;
    boolean looksUnfinished =
        (buffer.getShort(at + field) & 0xffff) == InternetChecksum.fold(pseudoHeader);
    if (!looksUnfinished
        || InternetChecksum.fold(pseudoHeader + InternetChecksum.sum(buffer, at, bytes))
            == 0xffff) {
      return Offload.NONE;
    }
    if (network + mtu >= length) {
      return Offload.checksum(start, field);
    }
    if (!tcp) {
      return UNKNOWN;
    }
    int headerBytes = start + FrameOffload.tcpHeaderBytes(buffer, at);
    boolean ipv4 = buffer.get(frame + network) >>> 4 == 4;
    int segmentBytes = mtu + network - headerBytes;
    long offload =
        Offload.of(
            ipv4 ? Offload.TYPE_TCP4 : Offload.TYPE_TCP6,
            Math.max(0, segmentBytes),
            start,
            TCP_CHECKSUM);
    return FrameOffload.fits(buffer, frame, length, offload) ? offload : UNKNOWN;
  }
}
