package io.weft.ipam;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The addresses that the ring gives us (ipam.md 5): in use, free, or withheld, which are neither
 * allocated nor donated until it is clear that nobody else uses them. Mutable, conductor thread
 * only.
 */
final class Space implements Allocations {
  private AddressSet used = new AddressSet();
  private AddressSet free = new AddressSet();
  private AddressSet reserve = new AddressSet();
  private AddressSet withheld = new AddressSet();

  /** Makes the space what the ring gives us; held addresses outside it are in no part. */
  void rebuild(AddressSet owned, AddressSet held, AddressSet toWithhold) {
    AddressSet unused = owned.minus(held);
    used = owned.and(held);
    free = unused.minus(toWithhold);
    reserve = unused.and(toWithhold);
    withheld = toWithhold;
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

  /** Takes an address that is withheld and known to be in use on this host. */
  void claimWithheld(long address) {
    if (reserve.contains(address)) {
      use(address);
    }
  }

  /** Whether an address of ours is unused but withheld. */
  boolean isWithheld(long address) {
    return reserve.contains(address);
  }

  /** Gives an address back; harmless when it is not in use. */
  void free(long address) {
    if (used.contains(address)) {
      AddressRange single = AddressRange.single(address);
      used.remove(single);
      (withheld.contains(address) ? reserve : free).add(single);
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

  /** Gives a withheld address to a peer that uses it; answers whether it was unused here. */
  boolean donateWithheld(long address) {
    boolean isUnused = reserve.contains(address);
    reserve.remove(AddressRange.single(address));
    return isUnused;
  }

  /** Forgets everything. */
  void clear() {
    rebuild(new AddressSet(), new AddressSet(), new AddressSet());
  }

  /** Addresses handed out. */
  long countUsed() {
    return used.count();
  }

  /** Addresses of ours that are not handed out, withheld or not. */
  long countUnused() {
    return free.count() + reserve.count();
  }

  /** Unused addresses that are withheld. */
  long countWithheld() {
    return reserve.count();
  }

  @Override
  public long countFree(AddressRange range) {
    return free.count(range);
  }

  /** The addresses handed out, as sorted ranges. */
  List<AddressRange> inUse() {
    return used.ranges();
  }

  private void use(long address) {
    AddressRange single = AddressRange.single(address);
    free.remove(single);
    reserve.remove(single);
    used.add(single);
  }
}
