package io.weft.gossip;

/**
 * A peer's name: 48 bits, printed like a MAC address (mesh.md 10.1). Zero is reserved for
 * "unknown".
 *
 * <p>Names order as unsigned integers, which for 48 bits is the order of {@code long}.
 *
 * @param value the six bytes as a big-endian number, 0 to 2^48-1
 */
public record PeerName(long value) implements Comparable<PeerName> {
  /** Bytes of a name on the wire. */
  public static final int BYTES = 6;

  /** The reserved name of nobody. */
  public static final PeerName UNKNOWN = new PeerName(0);

  private static final long MAX = (1L << 48) - 1;

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException when value does not fit 48 bits
   */
  public PeerName {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException(
          "peer name out of range: 0x%x, at most 48 bits are accepted".formatted(value));
    }
  }

  /** The name as six lower-case hexadecimal groups with colons. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (value >>> shift) & 0xff;
      text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }

  @Override
  public int compareTo(PeerName other) {
    return Long.compare(value, other.value);
  }
}
