package io.weft.gossip.gob;

import java.nio.charset.StandardCharsets;

/**
 * A struct of scalars as it stands in the bytes received, without an object for any part of it.
 * Fields are asked for by their place in the declared type; an absent one reads as zero. Valid
 * until the reader goes on.
 */
public final class GobRow {
  private final long[] numbers;
  private final int[] offsets;
  private byte[] data = new byte[0];

  GobRow(int fields) {
    numbers = new long[fields];
    offsets = new int[fields];
  }

  void begin(byte[] bytes) {
    data = bytes;
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 0;
      offsets[i] = 0;
    }
  }

  void put(int field, long number) {
    numbers[field] = number;
  }

  void putBytes(int field, int offset, int length) {
    numbers[field] = length;
    offsets[field] = offset;
  }

  /** A truth value. */
  public boolean bool(int field) {
    return numbers[field] != 0;
  }

  /** A number, signed or unsigned as its type. */
  public long number(int field) {
    return numbers[field];
  }

  /** Length of a byte string or of a text, in bytes. */
  public int length(int field) {
    return (int) numbers[field];
  }

  /** The array that byte strings and texts are in. */
  public byte[] data() {
    return data;
  }

  /** Where a byte string or a text begins in {@link #data}. */
  public int offset(int field) {
    return offsets[field];
  }

  /** A text; malformed sequences are read as U+FFFD. */
  public String text(int field) {
    return new String(data, offsets[field], length(field), StandardCharsets.UTF_8);
  }
}
