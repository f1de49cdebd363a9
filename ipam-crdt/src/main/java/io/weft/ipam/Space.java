package io.weft.ipam;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The addresses that the ring gives us: in use or free (ipam.md 5). Mutable, conductor thread only.
 */
final class Space implements Allocations {
  private final AddressSet used = new AddressSet();
  private AddressSet free = new AddressSet();

  /**
   * Makes the space agree with the ring: what is new becomes free, and what the ring no longer
   * gives us stops being free.
   */
  void setRanges(List<AddressRange> owned) {
    AddressSet next = new AddressSet();
    owned.forEach(next::add);
    used.ranges().forEach(next::remove);
    free = next;
  }

  /** Takes the lowest free address of a range. */
  OptionalLong allocate(AddressRange range) {
    long address = free.lowest(range);
    if (address < 0) {
      return OptionalLong.empty();
    }
    use(address);
    return OptionalLong.of(address);
  }

  /**
   * Takes a certain address.
   *
   * @throws IpamException {@code Address A is not free to claim}
   */
  void claim(long address) throws IpamException {
    if (!free.contains(address)) {
      throw new IpamException("Address " + Ipv4.format(address) + " is not free to claim");
    }
    use(address);
  }

  /** Gives an address back; harmless when it is not in use. */
  void free(long address) {
    if (used.contains(address)) {
      AddressRange single = AddressRange.single(address);
      used.remove(single);
      free.add(single);
    }
  }

  /**
   * Chooses and removes a block of free addresses for another peer: the last of the largest aligned
   * blocks within the request, its upper part when it is more than half of what is free there.
   */
  Optional<AddressRange> donate(AddressRange request) {
    AddressRange best = new AddressRange(request.start(), request.start());
    for (AddressRange chunk : free.ranges(request)) {
      AddressRange block = chunk.biggestCidrRange();
      if (block.size() >= best.size()) {
        best = block;
      }
    }
    if (best.isEmpty()) {
      return Optional.empty();
    }
    if (best.size() > free.count(request) / 2) {
      best = new AddressRange(best.start() + best.size() / 2, best.end());
    }
    free.remove(best);
    return Optional.of(best);
  }

  /** Forgets everything. */
  void clear() {
    used.ranges().forEach(used::remove);
    free = new AddressSet();
  }

  /** Addresses handed out. */
  long countUsed() {
    return used.count();
  }

  @Override
  public long countFree(AddressRange range) {
    return free.count(range);
  }

  @Override
  public List<AddressRange> inUse() {
    return used.ranges();
  }

  private void use(long address) {
    AddressRange single = AddressRange.single(address);
    free.remove(single);
    used.add(single);
  }
}
