package io.weft.linux;

/**
 * An IPv4 address with the length of its network prefix. Host bits may be set: an interface address
 * has them, a route's destination does not.
 *
 * @param address the address
 * @param length bits of the network part, 0 to 32
 */
public record Ipv4Prefix(Ipv4Address address, int length) {
  /** 224.0.0.0/4, all multicast groups. */
  public static final Ipv4Prefix MULTICAST = new Ipv4Prefix(new Ipv4Address(0xE000_0000), 4);

  /** 0.0.0.0/0, the destination of a default route. */
  public static final Ipv4Prefix EVERYTHING = new Ipv4Prefix(Ipv4Address.ANY, 0);

  private static final int LENGTH_MAX = 32;

  /** Checks the length. */
  public Ipv4Prefix {
    if (length < 0 || length > LENGTH_MAX) {
      throw new IllegalArgumentException("a prefix has 0 to 32 bits, not " + length);
    }
  }

  /**
   * Reads {@code A.B.C.D/LENGTH}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Ipv4Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
      throw new IllegalArgumentException("not an address with a prefix length: " + text);
    }
    Ipv4Address address = Ipv4Address.parse(text.substring(0, slash));
    return new Ipv4Prefix(address, Integer.parseInt(text.substring(slash + 1)));
  }

  /** The same prefix with all host bits cleared. */
  public Ipv4Prefix network() {
    return new Ipv4Prefix(new Ipv4Address(address.value() & mask()), length);
  }

  /** The address with all host bits set. */
  public Ipv4Address broadcast() {
    return new Ipv4Address(address.value() | ~mask());
  }

  /** Whether {@code other} lies in this network. */
  public boolean contains(Ipv4Address other) {
    return ((address.value() ^ other.value()) & mask()) == 0;
  }

  /**
   * Whether an interface can have this address in a network of this size: not one of this host
   * alone (0.0.0.0/8, 127.0.0.0/8), of a group (224.0.0.0/4) or of everybody (255.255.255.255), and
   * not among all. The reserved ones (240.0.0.0/4) are addresses like any other to Linux.
   */
  public boolean canBeOfAHost() {
    int first = address.value() >>> 24;
    return length > 0
        && first != 0
        && first != 127
        && !MULTICAST.contains(address)
        && address.value() != -1;
  }

  private int mask() {
    return length == 0 ? 0 : -1 << (LENGTH_MAX - length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
