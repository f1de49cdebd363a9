package io.weft.gossip.gob;

import java.nio.charset.StandardCharsets;

/** Bounded reading of gob scalars from a byte array (mesh.md 4.1). */
final class GobInput {
  private byte[] data = new byte[0];
  private int position;
  private int end;

  void reset(byte[] newData, int offset, int length) {
    data = newData;
    position = offset;
    end = offset + length;
  }

  int position() {
    return position;
  }

  byte[] data() {
    return data;
  }

  int end() {
    return end;
  }

  /** Narrows or widens the readable region; the caller has checked the new end. */
  void setEnd(int newEnd) {
    end = newEnd;
  }

  int remaining() {
    return end - position;
  }

  GobException fault(String problem) {
    return new GobException(position, problem);
  }

  long readUint() throws GobException {
    if (position >= end) {
      throw fault("unexpected end");
    }
    int first = data[position];
    if (first >= 0) {
      position++;
      return first;
    }
    int count = -first;
    if (count > Long.BYTES) {
      throw fault("number of " + count + " bytes");
    }
    if (count > end - position - 1) {
      throw fault("unexpected end");
    }
    long value = 0;
    for (int i = 1; i <= count; i++) {
      value = (value << 8) | (data[position + i] & 0xff);
    }
    position += count + 1;
    return value;
  }

  long readInt() throws GobException {
    long raw = readUint();
    long magnitude = raw >>> 1;
    return (raw & 1) == 0 ? magnitude : ~magnitude;
  }

  double readFloat() throws GobException {
    return Double.longBitsToDouble(Long.reverseBytes(readUint()));
  }

  /** A count or length, bounded by the bytes that remain: every element takes at least one. */
  int readCount() throws GobException {
    long count = readUint();
    if (count < 0 || count > end - position) {
      throw fault(
          "count " + Long.toUnsignedString(count) + " exceeds the " + remaining() + " left");
    }
    return (int) count;
  }

  byte[] readBytes() throws GobException {
    int length = readCount();
    byte[] bytes = new byte[length];
    System.arraycopy(data, position, bytes, 0, length);
    position += length;
    return bytes;
  }

  String readText() throws GobException {
    int length = readCount();
    String text = new String(data, position, length, StandardCharsets.UTF_8);
    position += length;
    return text;
  }

  /** Steps over a byte string and answers its length. */
  int skipBytes() throws GobException {
    int length = readCount();
    position += length;
    return length;
  }
}
