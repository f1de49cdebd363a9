package io.weft.gossip.gob;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Growing byte buffer that writes gob scalars (mesh.md 4.1). */
final class GobOutput {
  private byte[] data = new byte[256];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  byte[] toBytes() {
    return Arrays.copyOf(data, size);
  }

  void writeUint(long value) {
    reserve(Long.BYTES + 1);
    if (value >= 0 && value <= 127) {
      data[size++] = (byte) value;
      return;
    }
    int count = Long.BYTES - Long.numberOfLeadingZeros(value) / 8;
    data[size++] = (byte) -count;
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
      data[size++] = (byte) (value >>> shift);
    }
  }

  void writeInt(long value) {
    writeUint(value >= 0 ? value << 1 : (~value << 1) | 1);
  }

  void writeFloat(double value) {
    writeUint(Long.reverseBytes(Double.doubleToRawLongBits(value)));
  }

  void writeText(String text) {
    writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  void writeBytes(byte[] bytes) {
    writeUint(bytes.length);
    writeAll(bytes);
  }

  /** Appends bytes without their length. */
  void writeAll(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, data, size, bytes.length);
    size += bytes.length;
  }

  /** Appends a message: its length, then its content (mesh.md 4.2). */
  void writeMessage(GobOutput content) {
    writeMessageHead(content, 0);
  }

  /** The same of a message that goes on with so many bytes, which are not appended. */
  void writeMessageHead(GobOutput content, int more) {
    writeUint((long) content.size + more);
    reserve(content.size);
    System.arraycopy(content.data, 0, data, size, content.size);
    size += content.size;
  }

  private void reserve(int more) {
    if (data.length - size < more) {
      data = Arrays.copyOf(data, Math.max(Math.multiplyExact(2, data.length), size + more));
    }
  }
}
