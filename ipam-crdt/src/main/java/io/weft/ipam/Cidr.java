package io.weft.ipam;

/**
 * An address with the length of its network prefix; the address keeps its host bits (ipam.md 1).
 *
 * @param address 0 to 2^32-1
 * @param prefixLength 0 to 32
 */
public record Cidr(long address, int prefixLength) {
  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException when they do not hold
   */
  public Cidr {
    if (address < 0 || address >= Ipv4.LIMIT || prefixLength < 0 || prefixLength > IPV4_BITS) {
      throw new IllegalArgumentException(
          "not an IPv4 CIDR: address %d, prefix length %d".formatted(address, prefixLength));
    }
  }

  /**
   * Reads {@code a.b.c.d/len}; host bits are allowed.
   *
   * @throws InvalidAddressException {@code invalid CIDR address: S}, or {@code invalid Non-IPv4
   *     address not supported: S}
   */
  public static Cidr parse(String text) throws InvalidAddressException {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      String host = text.substring(0, slash);
      int length = parsePrefixLength(text.substring(slash + 1));
      long address = Ipv4.parseOrMinusOne(host);
      if (address >= 0 && length >= 0 && length <= IPV4_BITS) {
        return new Cidr(address, length);
      }
      if (looksLikeIpv6(host) && length >= 0) {
        throw new InvalidAddressException("invalid Non-IPv4 address not supported: " + text);
      }
    }
    throw new InvalidAddressException("invalid CIDR address: " + text);
  }

  /**
   * Reads a subnet to allocate from: no host bits, at least four addresses.
   *
   * @throws InvalidAddressException with the texts of ipam.md 1
   */
  public static Cidr parseSubnet(String text) throws InvalidAddressException {
    Cidr cidr = parse(text);
    if (cidr.prefixLength == 0 || cidr.size() < IpamProtocol.MIN_SUBNET_SIZE) {
      throw new InvalidAddressException(
          "invalid subnet - smaller than minimum size %d: %s"
              .formatted(IpamProtocol.MIN_SUBNET_SIZE, text));
    }
    if (cidr.address % cidr.size() != 0) {
      throw new InvalidAddressException(
          "invalid subnet - bits after network prefix are not all zero: " + text);
    }
    return cidr;
  }

  /** Number of addresses under the prefix, 1 to 2^32. */
  public long size() {
    return 1L << (IPV4_BITS - prefixLength);
  }

  /** From the address on, as many addresses as the prefix spans; cut at the end of IPv4. */
  public AddressRange range() {
    return new AddressRange(address, Math.min(address + size(), Ipv4.LIMIT));
  }

  /** The range without its first (network) and last (broadcast) address; may be empty. */
  public AddressRange hostRange() {
    long from = Math.min(address + 1, Ipv4.LIMIT);
    return new AddressRange(from, Math.max(from, Math.min(address + size() - 1, Ipv4.LIMIT)));
  }

  /** Dotted address without the prefix length. */
  public String addressText() {
    return Ipv4.format(address);
  }

  @Override
  public String toString() {
    return addressText() + "/" + prefixLength;
  }

  private static int parsePrefixLength(String text) {
    if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value <= IPV6_BITS ? value : -1;
  }

  private static boolean looksLikeIpv6(String host) {
    int colons = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == ':') {
        colons++;
      } else if (c != '.' && Character.digit(c, 16) < 0) {
        return false;
      }
    }
    return colons >= 2;
  }
}
