package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Cuts an IPv4 frame into pieces that fit the overlay MTU (overlay.md B.12). A cursor over one
 * frame, reused for the next; one per lane.
 */
final class Ipv4Fragments {
  private static final int UNIT = 8;

  private final ByteBuffer piece = ByteBuffer.allocateDirect(SleeveProtocol.MAX_PAYLOAD_BYTES);

  private ByteBuffer source = piece;
  private int frame;
  private int headerBytes;
  private int payloadBytes;
  private int segmentBytes;
  private int position;
  private int flagsAndOffset;

  /**
   * Starts on a frame for which {@link Ipv4#isIpv4} holds.
   *
   * @return false when it cannot be cut: the MTU leaves no room behind the header, or its fragment
   *     offsets would run past what IPv4 can say
   */
  boolean begin(ByteBuffer buffer, int frameOffset, int overlayMtu) {
    source = buffer;
    frame = frameOffset;
    headerBytes = Ipv4.headerBytes(buffer, frameOffset);
    payloadBytes = Ipv4.totalLength(buffer, frameOffset) - headerBytes;
    segmentBytes = (overlayMtu - headerBytes) / UNIT * UNIT;
    flagsAndOffset = buffer.getShort(frameOffset + Ipv4.HEADER + Ipv4.FLAGS_AND_OFFSET) & 0xffff;
    position = 0;
    int firstUnit = flagsAndOffset & Ipv4.OFFSET_MASK;
    return segmentBytes >= UNIT && firstUnit + payloadBytes / UNIT <= Ipv4.OFFSET_MASK;
  }

  /**
   * Builds the next piece in {@link #buffer()} at 0; returns its length, or 0 when none is left.
   */
  int next() {
    if (position >= payloadBytes) {
      return 0;
    }
    int bytes = Math.min(segmentBytes, payloadBytes - position);
    boolean last = position + bytes == payloadBytes;
    piece.put(0, source, frame, Ipv4.HEADER + headerBytes);
    int payload = Ipv4.HEADER + headerBytes;
    piece.put(payload, source, frame + payload + position, bytes);

    int flags = flagsAndOffset & ~Ipv4.OFFSET_MASK;
    if (!last) {
      flags |= Ipv4.MORE_FRAGMENTS;
    }
    int offset = (flagsAndOffset & Ipv4.OFFSET_MASK) + position / UNIT;
    int ip = Ipv4.HEADER;
    piece.putShort(ip + Ipv4.TOTAL_LENGTH, (short) (headerBytes + bytes));
    piece.putShort(ip + Ipv4.FLAGS_AND_OFFSET, (short) (flags | offset));
    piece.putShort(ip + Ipv4.CHECKSUM, (short) 0);
    piece.putShort(ip + Ipv4.CHECKSUM, Ipv4.checksum(piece, ip, headerBytes));
    position += bytes;
    return Ipv4.pad(piece, 0, payload + bytes);
  }

  /** Holds the piece that {@link #next} built. */
  ByteBuffer buffer() {
    return piece;
  }
}
