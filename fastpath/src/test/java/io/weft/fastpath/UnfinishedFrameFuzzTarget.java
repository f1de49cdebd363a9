package io.weft.fastpath;

import io.weft.gossip.overlay.Offload;
import io.weft.sleeve.FrameOffload;
import io.weft.sleeve.InternetChecksum;
import io.weft.sleeve.Segments;
import java.nio.ByteBuffer;

/**
 * Frames of neighbours whose kernel may have left something to a device, as they are and with the
 * sum of their pseudo header in the place of the checksum: what is said to be left to do fits the
 * frame, and when it is done nothing is left. Two bytes for what containers take come before the
 * frame.
 */
public final class UnfinishedFrameFuzzTarget {
  private static final int LEAST_MTU = 68;
  private static final int VLAN_TAGS_BYTES = 8;

  private UnfinishedFrameFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    int length = input.length - Short.BYTES;
    if (length < FastdpProtocol.ETHERNET_BYTES || length > 0xffff) {
      return;
    }
    ByteBuffer buffer = ByteBuffer.wrap(input);
    int mtu = Math.max(LEAST_MTU, buffer.getShort(0) & 0x3fff);
    check(buffer, Short.BYTES, length, mtu);
    leaveUnfinished(buffer, Short.BYTES, length);
    check(buffer, Short.BYTES, length, mtu);
  }

  private static void check(ByteBuffer buffer, int frame, int length, int mtu) {
    long offload = UnfinishedFrame.offload(buffer, frame, length, mtu);
    if (offload == Offload.NONE || offload == UnfinishedFrame.UNKNOWN) {
      return;
    }
    expectFit(buffer, frame, length, offload, mtu);
    if (Offload.type(offload) == Offload.TYPE_NONE && packetEnd(buffer, frame, length) == length) {
      ByteBuffer whole = ByteBuffer.allocate(length).put(0, buffer, frame, length);
      InternetChecksum.complete(whole, 0, length, offload);
      if (UnfinishedFrame.offload(whole, 0, length, mtu) != Offload.NONE) {
        throw new AssertionError("a frame that is never whole");
      }
    }
  }

  /**
   * What is left to do lies within the frame, and what is cut is not longer than containers take.
   */
  static void expectFit(ByteBuffer buffer, int frame, int length, long offload, int mtu) {
    if (!FrameOffload.fits(buffer, frame, length, offload)) {
      throw new AssertionError("%x does not fit %d bytes".formatted(offload, length));
    }
    int longest = mtu + FastdpProtocol.ETHERNET_BYTES + VLAN_TAGS_BYTES;
    if (Offload.type(offload) == Offload.TYPE_NONE) {
      if (length > longest) {
        throw new AssertionError(length + " bytes are more than containers take");
      }
      return;
    }
    Segments segments = new Segments();
    segments.begin(buffer, frame, length, offload);
    ByteBuffer segment = ByteBuffer.allocate(longest);
    int payload = 0;
    int least = Integer.MAX_VALUE;
    for (int next = segments.nextLength(); next > 0; next = segments.nextLength()) {
      if (next > longest) {
        throw new AssertionError("a segment of " + next + " bytes");
      }
      least = Math.min(least, next);
      payload += next;
      segments.write(segment, 0);
    }
    if (payload < length) {
      throw new AssertionError("%d bytes in segments of %d".formatted(payload, length));
    }
  }

  /** Where the packet in a frame ends by its own length; 0 for one that is not known. */
  private static int packetEnd(ByteBuffer buffer, int frame, int length) {
    int network = FrameOffload.networkHeader(buffer, frame, length);
    int ip = frame + network;
    return switch (buffer.getShort(ip - Short.BYTES) & 0xffff) {
      case 0x0800 -> network + (buffer.getShort(ip + 2) & 0xffff);
      case 0x86dd -> network + 40 + (buffer.getShort(ip + 4) & 0xffff);
      default -> 0;
    };
  }

  /** Puts the sum of the pseudo header where the checksum is, as a kernel does. */
  static void leaveUnfinished(ByteBuffer buffer, int frame, int length) {
    int network = FrameOffload.networkHeader(buffer, frame, length);
    int ip = frame + network;
    int type = buffer.getShort(ip - Short.BYTES) & 0xffff;
    int start;
    int bytes;
    int protocol;
    long addresses;
    if (type == 0x0800 && length - network >= 20) {
      start = network + ((buffer.get(ip) & 0xf) << 2);
      bytes = network + (buffer.getShort(ip + 2) & 0xffff) - start;
      protocol = buffer.get(ip + 9);
      addresses = InternetChecksum.sum(buffer, ip + 12, 8);
    } else if (type == 0x86dd && length - network >= 40) {
      start = network + 40;
      bytes = buffer.getShort(ip + 4) & 0xffff;
      protocol = buffer.get(ip + 6);
      addresses = InternetChecksum.sum(buffer, ip + 8, 32);
    } else {
      return;
    }
    int field = start + (protocol == 6 ? 16 : 6);
    if (bytes > 0 && field + Short.BYTES <= length && (protocol == 6 || protocol == 17)) {
      int sum = InternetChecksum.fold(addresses + protocol + bytes);
      buffer.putShort(frame + field, (short) sum);
    }
  }
}
