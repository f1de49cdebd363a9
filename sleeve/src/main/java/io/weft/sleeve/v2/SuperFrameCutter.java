package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/**
 * Cuts a super-frame into smaller ones on the borders of its segments, as the network card would:
 * lengths, IPv4 identifications, TCP sequence numbers and flags are set right, and checksums are
 * left to the device as before. A cursor, reused; one lane.
 */
final class SuperFrameCutter {
  private static final int TCP_SEQUENCE = 4;
  private static final int TCP_FLAGS = 13;
  private static final int FIN_AND_PUSH = 0x09;
  private static final int CONGESTION_REDUCED = 0x80;
  private static final int PROTOCOL_TCP = 6;
  private static final int PROTOCOL_UDP = 17;

  private ByteBuffer source = ByteBuffer.allocate(0);
  private int frame;
  private long offload;
  private int headerBytes;
  private int network;
  private int payloadBytes;
  private int sliceBytes;
  private int done;

  /**
   * Begins to cut a super-frame.
   *
   * @param maxBytes longest frame wanted; one with a single segment may be longer
   * @return false when the frame cannot be cut or need not be
   */
  boolean begin(ByteBuffer buffer, int frameOffset, int frameLength, long left, int maxBytes) {
    int segmentBytes = Offload.segmentBytes(left);
    if (segmentBytes == 0 || frameLength <= maxBytes) {
      return false;
    }
    int headers = SuperFrames.headerBytes(buffer, frameOffset, frameLength, left);
    if (headers == SuperFrames.INVALID || frameLength - headers <= segmentBytes) {
      return false;
    }
    source = buffer;
    frame = frameOffset;
    offload = left;
    headerBytes = headers;
    network = SuperFrames.networkOffset(buffer, frameOffset, frameLength);
    payloadBytes = frameLength - headers;
    sliceBytes = Math.max(1, (maxBytes - headers) / segmentBytes) * segmentBytes;
    done = 0;
    return true;
  }

  /** Length of the next slice with its headers; 0 when all are made. */
  int nextLength() {
    return done == payloadBytes ? 0 : headerBytes + Math.min(sliceBytes, payloadBytes - done);
  }

  /** What is left to the device in the next slice. */
  long nextOffload() {
    int start = Offload.checksumStart(offload);
    int segmentBytes = Offload.segmentBytes(offload);
    return nextLength() - headerBytes > segmentBytes
        ? Offload.of(Offload.type(offload), segmentBytes, start, Offload.checksumOffset(offload))
        : Offload.checksum(start, Offload.checksumOffset(offload));
  }

  /** Writes the next slice, of {@link #nextLength}, and goes on to the one behind it. */
  void write(ByteBuffer target, int offset) {
    int bytes = nextLength() - headerBytes;
    target.put(offset, source, frame, headerBytes);
    target.put(offset + headerBytes, source, frame + headerBytes + done, bytes);
    int start = Offload.checksumStart(offload);
    int transportBytes = headerBytes - start + bytes;
    boolean ipv6 = SuperFrames.isIpv6(source, frame, network);
    if (ipv6) {
      target.putShort(offset + network + 4, (short) transportBytes);
    } else {
      patchIpv4(target, offset + network, start - network, transportBytes);
    }
    if (Offload.type(offload) == Offload.TYPE_UDP) {
      target.putShort(offset + start + 4, (short) transportBytes);
    } else {
      patchTcp(target, offset + start, done + bytes == payloadBytes);
    }
    int sum = pseudoHeader(target, offset + network, ipv6, transportBytes);
    target.putShort(offset + start + Offload.checksumOffset(offload), (short) sum);
    done += bytes;
  }

  private void patchIpv4(ByteBuffer target, int ip, int ipBytes, int transportBytes) {
    int segmentsBefore = done / Offload.segmentBytes(offload);
    target.putShort(ip + 2, (short) (ipBytes + transportBytes));
    target.putShort(ip + 4, (short) (target.getShort(ip + 4) + segmentsBefore));
    target.putShort(ip + 10, (short) 0);
    target.putShort(ip + 10, (short) ~fold(sum(target, ip, ipBytes)));
  }

  private void patchTcp(ByteBuffer target, int tcp, boolean last) {
    target.putInt(tcp + TCP_SEQUENCE, target.getInt(tcp + TCP_SEQUENCE) + done);
    int flags = target.get(tcp + TCP_FLAGS);
    if (!last) {
      flags &= ~FIN_AND_PUSH;
    }
    if (done > 0) {
      flags &= ~CONGESTION_REDUCED;
    }
    target.put(tcp + TCP_FLAGS, (byte) flags);
  }

  private int pseudoHeader(ByteBuffer target, int ip, boolean ipv6, int transportBytes) {
    int addresses = ipv6 ? sum(target, ip + 8, 32) : sum(target, ip + 12, 8);
    int protocol = Offload.type(offload) == Offload.TYPE_UDP ? PROTOCOL_UDP : PROTOCOL_TCP;
    return fold(addresses + protocol + transportBytes);
  }

  private static int sum(ByteBuffer buffer, int offset, int bytes) {
    int sum = 0;
    for (int i = offset; i < offset + bytes; i += 2) {
      sum += buffer.getShort(i) & 0xffff;
    }
    return sum;
  }

  private static int fold(int sum) {
    int once = (sum & 0xffff) + (sum >>> 16);
    return (once & 0xffff) + (once >>> 16);
  }
}
