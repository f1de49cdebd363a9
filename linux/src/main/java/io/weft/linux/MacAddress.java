package io.weft.linux;

import java.util.HexFormat;

/**
 * An Ethernet address.
 *
 * @param value its 48 bits, first byte on the wire in the highest place
 */
public record MacAddress(long value) {
  /** Length on the wire. */
  public static final int BYTES = 6;

  private static final long LIMIT = 1L << 48;
  private static final int TEXT_LENGTH = 17;
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  /** Checks the range. */
  public MacAddress {
    if (value < 0 || value >= LIMIT) {
      throw new IllegalArgumentException("an Ethernet address has 48 bits");
    }
  }

  /**
   * Reads six bytes as hexadecimal pairs with colons between them.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static MacAddress parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      throw new IllegalArgumentException("not an Ethernet address: " + text);
    }
    return of(COLONS.parseHex(text));
  }

  /**
   * Reads six bytes.
   *
   * @throws IllegalArgumentException for another number of bytes
   */
  public static MacAddress of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("an Ethernet address has 6 bytes, not " + bytes.length);
    }
    long value = 0;
    for (byte next : bytes) {
      value = value << Byte.SIZE | (next & 0xFF);
    }
    return new MacAddress(value);
  }

  /** The six bytes in wire order, in a new array. */
  public byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (value >>> ((BYTES - 1 - i) * Byte.SIZE));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return COLONS.formatHex(bytes());
  }
}
