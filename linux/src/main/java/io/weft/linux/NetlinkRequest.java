package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Builds one netlink message: header, a fixed structure, then attributes. All fields are in native
 * byte order except where a method says otherwise.
 */
final class NetlinkRequest {
  static final int HEADER_BYTES = 16;

  private static final int MESSAGE_BYTES_MAX = 4096;
  private static final int ALIGNMENT = 4;
  private static final int FLAGS_OFFSET = 6;
  private static final int SEQUENCE_OFFSET = 8;

  private final ByteBuffer buffer = LibC.allocate(MESSAGE_BYTES_MAX);
  private final int type;
  private final int flags;

  /** A message of {@code type}; the request flag is implied. */
  NetlinkRequest(int type, int flags) {
    this.type = type;
    this.flags = flags | Rtnetlink.NLM_F_REQUEST;
    buffer.position(HEADER_BYTES);
  }

  /** Appends a {@code struct ifinfomsg}. */
  NetlinkRequest link(int index, int linkFlags, int changedFlags) {
    buffer.put((byte) SocketConstants.AF_UNSPEC).put((byte) 0).putShort((short) 0);
    buffer.putInt(index).putInt(linkFlags).putInt(changedFlags);
    return this;
  }

  /** Appends single bytes of a fixed structure. */
  NetlinkRequest bytes(int... values) {
    for (int value : values) {
      buffer.put((byte) value);
    }
    return this;
  }

  /** Appends bytes of a fixed structure as they are. */
  NetlinkRequest bytes(byte[] values) {
    buffer.put(values);
    return this;
  }

  /** Appends a 16-bit field of a fixed structure. */
  NetlinkRequest half(int value) {
    buffer.putShort((short) value);
    return this;
  }

  /** Appends a 32-bit field of a fixed structure. */
  NetlinkRequest word(int value) {
    buffer.putInt(value);
    return this;
  }

  /** Appends a 64-bit field of a fixed structure. */
  NetlinkRequest longWord(long value) {
    buffer.putLong(value);
    return this;
  }

  /** Appends bytes that are zero. */
  NetlinkRequest zeros(int count) {
    for (int i = 0; i < count; i++) {
      buffer.put((byte) 0);
    }
    return this;
  }

  NetlinkRequest attribute(int attributeType, byte[] value) {
    int start = begin(attributeType);
    buffer.put(value);
    return end(start);
  }

  NetlinkRequest attribute(int attributeType, int value) {
    int start = begin(attributeType);
    buffer.putInt(value);
    return end(start);
  }

  NetlinkRequest attribute(int attributeType, byte value) {
    int start = begin(attributeType);
    buffer.put(value);
    return end(start);
  }

  /** Appends a zero-terminated string. */
  NetlinkRequest attribute(int attributeType, String value) {
    int start = begin(attributeType);
    buffer.put(value.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    return end(start);
  }

  /** Appends an IPv4 address, which is in network order. */
  NetlinkRequest attribute(int attributeType, Ipv4Address value) {
    return attribute(attributeType, Sockaddr.network(value.value()));
  }

  /** Starts an attribute that holds attributes, and returns what {@link #end} needs. */
  int nest(int attributeType) {
    return begin(attributeType | Rtnetlink.NLA_F_NESTED);
  }

  /** Ends the attribute that began at {@code start}. */
  NetlinkRequest end(int start) {
    buffer.putShort(start, (short) (buffer.position() - start));
    while (buffer.position() % ALIGNMENT != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }

  /** Completes the header; the message may be encoded again with other values. */
  ByteBuffer encode(int extraFlags, int sequence) {
    buffer.putInt(0, buffer.position());
    buffer.putShort(Integer.BYTES, (short) type);
    buffer.putShort(FLAGS_OFFSET, (short) (flags | extraFlags));
    buffer.putInt(SEQUENCE_OFFSET, sequence);
    return buffer;
  }

  /** Starts an attribute that holds a structure, and returns what {@link #end} needs. */
  int begin(int attributeType) {
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) attributeType);
    return start;
  }
}
