package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Builds the ICMP message that tells a container to send smaller packets (overlay.md B.11).
 *
 * <pre>
 * Ethernet 14 | IPv4 20 | ICMP 8 | header and first 8 bytes of the refused packet
 * </pre>
 */
final class FragmentationNeeded {
  /** Longest frame built. */
  static final int MAX_BYTES =
      SleeveProtocol.ETHERNET_BYTES + Ipv4.MIN_HEADER_BYTES + 8 + Ipv4.MAX_HEADER_BYTES + 8;

  private static final int ICMP_HEADER_BYTES = 8;
  private static final int QUOTED_PAYLOAD_BYTES = 8;
  private static final byte UNREACHABLE = 3;
  private static final byte NEEDED = 4;

  private FragmentationNeeded() {}

  /**
   * Writes the answer to the IPv4 frame at {@code frame} into {@code out} at 0.
   *
   * @param out big-endian, at least {@link #MAX_BYTES} long
   * @return length of the answer
   */
  static int build(ByteBuffer in, int frame, int overlayMtu, ByteBuffer out) {
    int headerBytes = Ipv4.headerBytes(in, frame);
    int quoted = Math.min(headerBytes + QUOTED_PAYLOAD_BYTES, Ipv4.totalLength(in, frame));
    out.put(0, in, frame + 6, 6);
    out.put(6, in, frame, 6);
    out.putShort(12, in.getShort(frame + 12));

    int original = frame + Ipv4.HEADER;
    int ip = Ipv4.HEADER;
    int totalLength = Ipv4.MIN_HEADER_BYTES + ICMP_HEADER_BYTES + quoted;
    out.put(ip, (byte) 0x45);
    out.put(ip + 1, in.get(original + 1));
    out.putShort(ip + Ipv4.TOTAL_LENGTH, (short) totalLength);
    out.putInt(ip + 4, 0);
    out.putInt(ip + 8, 0x40010000);
    out.putInt(ip + 12, in.getInt(original + 16));
    out.putInt(ip + 16, in.getInt(original + 12));
    out.putShort(ip + Ipv4.CHECKSUM, Ipv4.checksum(out, ip, Ipv4.MIN_HEADER_BYTES));

    int icmp = ip + Ipv4.MIN_HEADER_BYTES;
    out.put(icmp, UNREACHABLE);
    out.put(icmp + 1, NEEDED);
    out.putInt(icmp + 2, 0);
    out.putShort(icmp + 6, (short) overlayMtu);
    out.put(icmp + ICMP_HEADER_BYTES, in, original, quoted);
    out.putShort(icmp + 2, Ipv4.checksum(out, icmp, ICMP_HEADER_BYTES + quoted));
    return Ipv4.pad(out, 0, ip + totalLength);
  }
}
