package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Reads and writes the frame list of a datagram (overlay.md B.2) in place. As a reader it is a
 * cursor, reused for every datagram and owned by one thread.
 *
 * <pre>
 * | src peer name 6 | dst peer name 6 | length 2 | frame | next frame ...
 * </pre>
 */
final class FrameList {
  private ByteBuffer data = ByteBuffer.allocate(0);
  private int position;
  private int end;
  private int frame;
  private int length;
  private boolean malformed;

  /** Starts reading; {@code data} is big-endian and holds {@code end} bytes. */
  void wrap(ByteBuffer datagram, int start, int endOffset) {
    data = datagram;
    position = start;
    end = endOffset;
    // A datagram carries at least one frame.
    malformed = start >= endOffset;
  }

  /** Goes to the next frame; false at the end and at the first frame that is not all there. */
  boolean next() {
    int left = end - position;
    if (malformed || left == 0) {
      return false;
    }
    if (left < SleeveProtocol.FRAME_HEADER_BYTES) {
      malformed = true;
      return false;
    }
    frame = position + SleeveProtocol.FRAME_HEADER_BYTES;
    length = data.getShort(position + 12) & 0xffff;
    if (length > end - frame) {
      malformed = true;
      return false;
    }
    position = frame + length;
    return true;
  }

  /** Whether the list broke off; frames before the break are good. */
  boolean isMalformed() {
    return malformed;
  }

  /** The buffer being read. */
  ByteBuffer data() {
    return data;
  }

  /** Where the current frame starts. */
  int frame() {
    return frame;
  }

  /** Length of the current frame, 0 to 65535. */
  int length() {
    return length;
  }

  /** Value of the name of the peer that captured the current frame. */
  long source() {
    return name(data, frame - SleeveProtocol.FRAME_HEADER_BYTES);
  }

  /** Value of the name of the peer that the current frame is meant for. */
  long destination() {
    return name(data, frame - SleeveProtocol.FRAME_HEADER_BYTES + SleeveProtocol.NAME_BYTES);
  }

  /** Reads a peer name's value. */
  static long name(ByteBuffer buffer, int offset) {
    return (buffer.getShort(offset) & 0xffffL) << 32 | (buffer.getInt(offset + 2) & 0xffffffffL);
  }

  /** Writes a peer name's value. */
  static void putName(ByteBuffer buffer, int offset, long name) {
    buffer.putShort(offset, (short) (name >>> 32));
    buffer.putInt(offset + 2, (int) name);
  }

  /** Writes the header before a frame. */
  static void putHeader(ByteBuffer buffer, int offset, long source, long destination, int length) {
    putName(buffer, offset, source);
    putName(buffer, offset + SleeveProtocol.NAME_BYTES, destination);
    buffer.putShort(offset + 2 * SleeveProtocol.NAME_BYTES, (short) length);
  }
}
