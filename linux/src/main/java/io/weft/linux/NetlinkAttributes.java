package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The attributes of one netlink message, read within its bounds. An attribute that lies about its
 * length ends the reading; one that is too short for its value counts as absent.
 */
final class NetlinkAttributes {
  private static final int HEADER_BYTES = 4;
  private static final int ALIGNMENT = 4;
  private static final int COUNT_MAX = 512;

  private final Map<Integer, ByteBuffer> values = new HashMap<>();

  /** Reads the attributes between {@code from} and {@code to}. */
  NetlinkAttributes(ByteBuffer message, int from, int to) {
    int position = from;
    while (to - position >= HEADER_BYTES && values.size() < COUNT_MAX) {
      int length = Short.toUnsignedInt(message.getShort(position));
      if (length < HEADER_BYTES || length > to - position) {
        return;
      }
      int type = message.getShort(position + 2) & Rtnetlink.NLA_TYPE_MASK;
      ByteBuffer value = message.slice(position + HEADER_BYTES, length - HEADER_BYTES);
      values.put(type, value.order(message.order()));
      position += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  int integer(int type, int otherwise) {
    ByteBuffer value = values.get(type);
    return value == null || value.capacity() < Integer.BYTES ? otherwise : value.getInt(0);
  }

  /** Eight bytes at an offset of a structure. */
  long longAt(int type, int offset, long otherwise) {
    ByteBuffer value = values.get(type);
    return value == null || value.capacity() < offset + Long.BYTES
        ? otherwise
        : value.getLong(offset);
  }

  int octet(int type, int otherwise) {
    ByteBuffer value = values.get(type);
    return value == null || value.capacity() < 1 ? otherwise : Byte.toUnsignedInt(value.get(0));
  }

  /** Text up to its terminating zero, empty if absent. */
  String text(int type) {
    byte[] bytes = bytes(type);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** The value as it is, empty if absent. */
  byte[] bytes(int type) {
    ByteBuffer value = values.get(type);
    if (value == null) {
      return new byte[0];
    }
    byte[] bytes = new byte[value.capacity()];
    value.get(0, bytes);
    return bytes;
  }

  /** The value in place, without a byte if absent. */
  ByteBuffer buffer(int type) {
    return values.getOrDefault(type, ByteBuffer.allocate(0));
  }

  /** An IPv4 address, 0.0.0.0 if absent or of another length. */
  Ipv4Address ipv4(int type) {
    ByteBuffer value = values.get(type);
    if (value == null || value.capacity() != Integer.BYTES) {
      return Ipv4Address.ANY;
    }
    return new Ipv4Address(Sockaddr.network(value.getInt(0)));
  }

  /** The attributes inside an attribute, none if it is absent. */
  NetlinkAttributes nested(int type) {
    ByteBuffer value = buffer(type);
    return new NetlinkAttributes(value, 0, value.capacity());
  }
}
