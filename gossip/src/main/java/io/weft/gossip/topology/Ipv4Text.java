package io.weft.gossip.topology;

import java.nio.charset.StandardCharsets;

/** IPv4 addresses with a port, as text and as the number {@code (address << 16) | port}. */
final class Ipv4Text {
  private static final int MIN_CHARS = "0.0.0.0:0".length();
  private static final int MAX_CHARS = "255.255.255.255:65535".length();
  private static final int MAX_OCTET = 255;
  private static final int MAX_PORT = 65_535;
  private static final int MAX_DIGITS = 5;
  private static final int OCTETS = 4;

  private Ipv4Text() {}

  /** The number for a text; -1 unless {@link #format} gives exactly this text back. */
  static long parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return parse(bytes, 0, bytes.length);
  }

  /** The same for a text in bytes. */
  static long parse(byte[] text, int offset, int length) {
    if (length < MIN_CHARS || length > MAX_CHARS) {
      return -1;
    }
    int end = offset + length;
    long packed = 0;
    int position = offset;
    for (int part = 0; part <= OCTETS; part++) {
      int start = position;
      int value = 0;
      while (position < end && text[position] >= '0' && text[position] <= '9') {
        value = value * 10 + text[position++] - '0';
        if (position - start > MAX_DIGITS) {
          return -1;
        }
      }
      boolean last = part == OCTETS;
      boolean leadingZero = position - start > 1 && text[start] == '0';
      if (position == start || leadingZero || value > (last ? MAX_PORT : MAX_OCTET)) {
        return -1;
      }
      packed = (packed << (last ? 16 : 8)) | value;
      if (last) {
        return position == end ? packed : -1;
      }
      if (position == end || text[position++] != (part < 3 ? '.' : ':')) {
        return -1;
      }
    }
    throw new IllegalStateException("unreachable");
  }

  static String format(long packed) {
    long ip = packed >>> 16;
    return octet(ip, 24)
        + "."
        + octet(ip, 16)
        + "."
        + octet(ip, 8)
        + "."
        + octet(ip, 0)
        + ":"
        + (packed & MAX_PORT);
  }

  private static long octet(long ip, int shift) {
    return (ip >>> shift) & MAX_OCTET;
  }
}
