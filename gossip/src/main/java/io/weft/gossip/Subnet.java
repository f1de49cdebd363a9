package io.weft.gossip;

import java.net.InetAddress;

/**
 * A range of IPv4 or IPv6 addresses in prefix notation, as {@code --trusted-subnets} takes it.
 *
 * @param address any address of the subnet; bits behind the prefix are ignored
 * @param prefixBits leading bits that count, 0 to 32 or 128
 */
public record Subnet(InetAddress address, int prefixBits) {
  /**
   * Checks the prefix length.
   *
   * @throws IllegalArgumentException when it does not fit the address family
   */
  public Subnet {
    int most = address.getAddress().length * Byte.SIZE;
    if (prefixBits < 0 || prefixBits > most) {
      throw new IllegalArgumentException(
          "prefix length %d of %s is not in 0 to %d"
              .formatted(prefixBits, address.getHostAddress(), most));
    }
  }

  /**
   * Parses {@code 10.0.0.0/8} or {@code fd00::/8}; names are never resolved.
   *
   * @throws IllegalArgumentException when the text has another form
   */
  public static Subnet parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = slash < 0 ? null : Addresses.parseLiteral(text.substring(0, slash));
    String prefix = slash < 0 ? "" : text.substring(slash + 1);
    if (address == null || !prefix.matches("[0-9]{1,3}")) {
      throw new IllegalArgumentException("invalid CIDR address: " + text);
    }
    return new Subnet(address, Integer.parseInt(prefix));
  }

  /** Whether {@code other} lies in this subnet; false for the other address family. */
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    int wholeBytes = prefixBits / Byte.SIZE;
    for (int i = 0; i < wholeBytes; i++) {
      if (ours[i] != theirs[i]) {
        return false;
      }
    }
    int restBits = prefixBits % Byte.SIZE;
    int mask = (0xff << (Byte.SIZE - restBits)) & 0xff;
    return restBits == 0 || ((ours[wholeBytes] ^ theirs[wholeBytes]) & mask) == 0;
  }

  /** The subnet in prefix notation, as given. */
  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefixBits;
  }
}
