package io.weft.ipam;

/**
 * A half-open range of addresses (ipam.md 1).
 *
 * @param start first address, 0 to 2^32-1
 * @param end one more than the last address, start to 2^32; equal to start when empty
 */
public record AddressRange(long start, long end) {
  /**
   * Checks the order and the bounds.
   *
   * @throws IllegalArgumentException when they do not hold
   */
  public AddressRange {
    if (start < 0 || end < start || end > Ipv4.LIMIT) {
      throw new IllegalArgumentException(
          "not an address range: [%d, %d), bounds are 0 to %d".formatted(start, end, Ipv4.LIMIT));
    }
  }

  /** The range of exactly one address. */
  public static AddressRange single(long address) {
    return new AddressRange(address, address + 1);
  }

  /** Number of addresses. */
  public long size() {
    return end - start;
  }

  /** Whether there is no address in it. */
  public boolean isEmpty() {
    return end == start;
  }

  /** Whether the address lies in it. */
  public boolean contains(long address) {
    return address >= start && address < end;
  }

  /** Whether the two have an address in common. */
  public boolean overlaps(AddressRange other) {
    return start < other.end && other.start < end && !isEmpty() && !other.isEmpty();
  }

  /** What the two have in common; empty at our start when nothing. */
  public AddressRange clip(AddressRange other) {
    long from = Math.max(start, other.start);
    long to = Math.min(end, other.end);
    return from < to ? new AddressRange(from, to) : new AddressRange(start, start);
  }

  /**
   * The largest block of a power of two that starts at a multiple of its size, as donations use it
   * (ipam.md 1, BiggestCIDRRange). Empty only when this range is.
   */
  public AddressRange biggestCidrRange() {
    if (isEmpty()) {
      return this;
    }
    long power = Long.highestOneBit(size());
    long offset = start % power;
    long rest = size() - power;
    if (offset == 0) {
      return new AddressRange(start, start + power);
    }
    if (power - offset <= rest) {
      long from = start + (power - offset);
      return new AddressRange(from, from + power);
    }
    long half = power / 2;
    long from = half >= offset ? start + (half - offset) : start + (power - offset);
    return new AddressRange(from, from + half);
  }

  /** {@code start/len} when the size is a power of two, else first and last address. */
  public String toCidrText() {
    if (Long.bitCount(size()) != 1) {
      return toString();
    }
    return Ipv4.format(start) + "/" + (32 - Long.numberOfTrailingZeros(size()));
  }

  /** First and last address, both included. */
  @Override
  public String toString() {
    return Ipv4.format(start) + "-" + Ipv4.format(end - 1);
  }
}
