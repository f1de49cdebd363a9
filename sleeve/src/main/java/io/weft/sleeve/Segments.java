package io.weft.sleeve;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/**
 * Cuts a super-frame into the frames that it stands for, as the device would: a cursor over one
 * super-frame, reused for the next. One per lane.
 *
 * <p>Every segment has the headers of the super-frame with its own lengths, identification,
 * sequence number and checksums; FIN and PSH go with the last, CWR with the first.
 */
public final class Segments {
  private static final int SEQUENCE = 4;
  private static final int FLAGS = 13;
  private static final int CWR = 0x80;
  private static final int FIN_AND_PSH = 0x09;
  private static final int UDP_LENGTH = 4;
  private static final int IPV4_ID = 4;
  private static final int IPV6_PAYLOAD_LENGTH = 4;

  private ByteBuffer source = ByteBuffer.allocate(0);
  private int frame;
  private int network;
  private int transport;
  private int headerBytes;
  private int payloadBytes;
  private int segmentBytes;
  private boolean tcp;
  private boolean ipv4;
  private long pseudoHeaderSum;
  private int position;
  private int number;

  /** A cursor that is on no super-frame yet. */
  public Segments() {}

  /** Starts on a super-frame for which {@link FrameOffload#fits} holds. */
  public void begin(ByteBuffer buffer, int frameOffset, int length, long offload) {
    source = buffer;
    frame = frameOffset;
    network = FrameOffload.networkHeader(buffer, frameOffset, length);
    transport = Offload.checksumStart(offload);
    tcp = Offload.type(offload) != Offload.TYPE_UDP;
    ipv4 = buffer.get(frame + network) >>> 4 == 4;
    headerBytes =
        transport
            + (tcp
                ? FrameOffload.tcpHeaderBytes(buffer, frame + transport)
                : FrameOffload.UDP_HEADER_BYTES);
    payloadBytes = length - headerBytes;
    segmentBytes = Offload.segmentBytes(offload);
    // The field holds the sum of the pseudo header with the length of the whole.
    int field = frame + transport + Offload.checksumOffset(offload);
    pseudoHeaderSum = (buffer.getShort(field) & 0xffffL) + (~(length - transport) & 0xffff);
    position = 0;
    number = 0;
  }

  /** Length of the longest segment as a frame. */
  public int longestFrame() {
    return headerBytes + Math.min(segmentBytes, payloadBytes);
  }

  /** Length of the next segment as a frame; 0 when none is left. */
  public int nextLength() {
    int left = payloadBytes - position;
    return left == 0 ? 0 : headerBytes + Math.min(segmentBytes, left);
  }

  /** Goes past the next segment without making it. */
  void skip() {
    position += nextLength() - headerBytes;
    number++;
  }

  /** Writes the next segment, {@link #nextLength} bytes, into {@code out}, which is big-endian. */
  public void write(ByteBuffer out, int offset) {
    int bytes = nextLength() - headerBytes;
    out.put(offset, source, frame, headerBytes);
    out.put(offset + headerBytes, source, frame + headerBytes + position, bytes);
    int transportBytes = headerBytes - transport + bytes;
    if (ipv4) {
      putIpv4(out, offset + network, transport - network + transportBytes);
    } else {
      int ip = offset + network;
      int length = transport - network - FrameOffload.IPV6_HEADER_BYTES + transportBytes;
      out.putShort(ip + IPV6_PAYLOAD_LENGTH, (short) length);
    }
    int header = offset + transport;
    int checksum;
    if (tcp) {
      putTcp(out, header, position + bytes == payloadBytes);
      checksum = header + FrameOffload.TCP_CHECKSUM_OFFSET;
    } else {
      out.putShort(header + UDP_LENGTH, (short) transportBytes);
      checksum = header + FrameOffload.UDP_CHECKSUM_OFFSET;
    }
    out.putShort(checksum, (short) 0);
    long sum = pseudoHeaderSum + transportBytes + InternetChecksum.sum(out, header, transportBytes);
    out.putShort(checksum, InternetChecksum.of(sum, !tcp));
    position += bytes;
    number++;
  }

  private void putIpv4(ByteBuffer out, int ip, int totalLength) {
    int id = source.getShort(frame + network + IPV4_ID);
    out.putShort(ip + Ipv4.TOTAL_LENGTH, (short) totalLength);
    out.putShort(ip + IPV4_ID, (short) (id + number));
    out.putShort(ip + Ipv4.CHECKSUM, (short) 0);
    long sum = InternetChecksum.sum(out, ip, transport - network);
    out.putShort(ip + Ipv4.CHECKSUM, InternetChecksum.of(sum, false));
  }

  private void putTcp(ByteBuffer out, int header, boolean last) {
    out.putInt(header + SEQUENCE, out.getInt(header + SEQUENCE) + position);
    int flags = out.get(header + FLAGS);
    if (number > 0) {
      flags &= ~CWR;
    }
    if (!last) {
      flags &= ~FIN_AND_PSH;
    }
    out.put(header + FLAGS, (byte) flags);
  }
}
