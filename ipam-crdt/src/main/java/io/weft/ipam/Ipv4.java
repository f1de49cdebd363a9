package io.weft.ipam;

/**
 * IPv4 addresses as numbers: 0 to 2^32-1 in a {@code long}, 10.32.0.0 being {@code 0x0a200000}.
 * Stateless.
 */
public final class Ipv4 {
  /** One more than the highest address; only ever the exclusive end of a range. */
  public static final long LIMIT = 1L << 32;

  private static final int OCTETS = 4;

  private Ipv4() {}

  /** Dotted text of an address. */
  public static String format(long address) {
    return ((address >>> 24) & 0xff)
        + "."
        + ((address >>> 16) & 0xff)
        + "."
        + ((address >>> 8) & 0xff)
        + "."
        + (address & 0xff);
  }

  /**
   * Reads a dotted address: four decimal numbers of 0 to 255 without leading zeros.
   *
   * @throws InvalidAddressException {@code invalid IP Address: X} (ipam.md 8.2)
   */
  public static long parse(String text) throws InvalidAddressException {
    long address = parseOrMinusOne(text);
    if (address < 0) {
      throw new InvalidAddressException("invalid IP Address: " + text);
    }
    return address;
  }

  static long parseOrMinusOne(String text) {
    long address = 0;
    int octets = 0;
    int at = 0;
    while (octets < OCTETS) {
      int begin = at;
      int octet = 0;
      while (at < text.length() && isDigit(text.charAt(at)) && at - begin < 3) {
        octet = octet * 10 + (text.charAt(at) - '0');
        at++;
      }
      boolean leadingZero = at - begin > 1 && text.charAt(begin) == '0';
      if (at == begin || leadingZero || octet > 255) {
        return -1;
      }
      address = (address << 8) | octet;
      octets++;
      if (octets < OCTETS) {
        if (at >= text.length() || text.charAt(at) != '.') {
          return -1;
        }
        at++;
      }
    }
    return at == text.length() ? address : -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
