package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Frames that routers exchange about the path itself (overlay.md B.6): an all-zero Ethernet header,
 * told apart by their length.
 */
enum SpecialFrame {
  /** 22 bytes: the connection's uid follows the header. */
  HEARTBEAT,
  /** 60001 zero bytes. */
  FRAGMENTATION_TEST,
  /** Any other length: asks whether so much fits the path. */
  PROBE,
  /** As long as a fragmentation test but not all zero. */
  INVALID;

  /** Whether a frame of at least 14 bytes is special. */
  static boolean isSpecial(ByteBuffer buffer, int frame) {
    return buffer.getLong(frame) == 0
        && buffer.getInt(frame + 8) == 0
        && buffer.getShort(frame + 12) == 0;
  }

  /** The kind of a special frame. */
  static SpecialFrame of(ByteBuffer buffer, int frame, int length) {
    return switch (length) {
      case SleeveProtocol.HEARTBEAT_BYTES -> HEARTBEAT;
      case SleeveProtocol.FRAGMENTATION_TEST_BYTES ->
          isZero(buffer, frame, length) ? FRAGMENTATION_TEST : INVALID;
      default -> PROBE;
    };
  }

  /** The uid in a heartbeat. */
  static long connectionUid(ByteBuffer buffer, int frame) {
    return buffer.getLong(frame + SleeveProtocol.ETHERNET_BYTES);
  }

  private static boolean isZero(ByteBuffer buffer, int offset, int length) {
    int words = offset + (length & ~7);
    for (int i = offset; i < words; i += Long.BYTES) {
      if (buffer.getLong(i) != 0) {
        return false;
      }
    }
    for (int i = words; i < offset + length; i++) {
      if (buffer.get(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
