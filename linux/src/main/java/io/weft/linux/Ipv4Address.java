package io.weft.linux;

import java.net.Inet4Address;

/**
 * An IPv4 address.
 *
 * @param value the address as a number, first octet in the highest byte
 */
public record Ipv4Address(int value) implements Comparable<Ipv4Address> {
  /** 0.0.0.0: no address, any address. */
  public static final Ipv4Address ANY = new Ipv4Address(0);

  private static final int OCTETS = 4;
  private static final int OCTET_MAX = 255;
  private static final int OCTET_DIGITS_MAX = 3;

  /**
   * Reads four decimal numbers with dots between them.
   *
   * @throws IllegalArgumentException for anything else, host names included
   */
  public static Ipv4Address parse(String text) {
    String[] octets = text.split("\\.", -1);
    if (octets.length != OCTETS) {
      throw new IllegalArgumentException("not an IPv4 address: " + text);
    }
    int value = 0;
    for (String octet : octets) {
      boolean digits = octet.chars().allMatch(c -> c >= '0' && c <= '9');
      if (!digits || octet.isEmpty() || octet.length() > OCTET_DIGITS_MAX) {
        throw new IllegalArgumentException("not an IPv4 address: " + text);
      }
      int number = Integer.parseInt(octet);
      if (number > OCTET_MAX) {
        throw new IllegalArgumentException("not an IPv4 address: " + text);
      }
      value = value << Byte.SIZE | number;
    }
    return new Ipv4Address(value);
  }

  /** The same address as the JDK has it. */
  public static Ipv4Address of(Inet4Address address) {
    byte[] octets = address.getAddress();
    int value = 0;
    for (byte octet : octets) {
      value = value << Byte.SIZE | (octet & OCTET_MAX);
    }
    return new Ipv4Address(value);
  }

  @Override
  public int compareTo(Ipv4Address other) {
    return Integer.compareUnsigned(value, other.value);
  }

  @Override
  public String toString() {
    return (value >>> 24)
        + "."
        + (value >>> 16 & OCTET_MAX)
        + "."
        + (value >>> 8 & OCTET_MAX)
        + "."
        + (value & OCTET_MAX);
  }
}
