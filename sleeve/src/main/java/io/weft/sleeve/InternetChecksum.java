package io.weft.sleeve;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071), eight bytes at a time. No state; any thread. */
public final class InternetChecksum {
  private static final int UDP_CHECKSUM_OFFSET = 6;
  private static final long LOW = 0xffff_ffffL;

  private InternetChecksum() {}

  /** Sum of the 16-bit words of a region, the last one filled up with zero; not folded. */
  public static long sum(ByteBuffer buffer, int offset, int length) {
    long even = 0;
    long odd = 0;
    int position = offset;
    int blocks = offset + (length & ~31);
    for (; position < blocks; position += 32) {
      long a = buffer.getLong(position);
      long b = buffer.getLong(position + 8);
      long c = buffer.getLong(position + 16);
      long d = buffer.getLong(position + 24);
      even += (a & LOW) + (b & LOW) + (c & LOW) + (d & LOW);
      odd += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
    }
    int end = offset + length;
    for (; position + 8 <= end; position += 8) {
      long a = buffer.getLong(position);
      even += (a & LOW) + (a >>> 32);
    }
    for (; position + 2 <= end; position += 2) {
      odd += buffer.getShort(position) & 0xffff;
    }
    if (position < end) {
      odd += (buffer.get(position) & 0xff) << 8;
    }
    return even + odd;
  }

  /** Adds the carries of a sum back in until 16 bits are left. */
  public static int fold(long sum) {
    long folded = (sum & LOW) + (sum >>> 32);
    folded = (folded & 0xffff) + (folded >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    return (int) ((folded & 0xffff) + (folded >>> 16));
  }

  /**
   * The checksum to write for a sum. A UDP checksum of zero would mean that there is none, so the
   * other form of zero stands for it.
   */
  static short of(long sum, boolean udp) {
    int checksum = ~fold(sum) & 0xffff;
    return (short) (checksum == 0 && udp ? 0xffff : checksum);
  }

  /**
   * Computes the checksum that the sender of an ordinary frame has left to the device, in place.
   *
   * @param offload for which {@link FrameOffload#fits} holds
   */
  public static void complete(ByteBuffer buffer, int frame, int length, long offload) {
    int start = Offload.checksumStart(offload);
    int offset = Offload.checksumOffset(offload);
    long sum = sum(buffer, frame + start, length - start);
    buffer.putShort(frame + start + offset, of(sum, offset == UDP_CHECKSUM_OFFSET));
  }
}
