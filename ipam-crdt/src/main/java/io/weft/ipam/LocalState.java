package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Ring, space and holdings, kept in agreement: the space is always what the ring gives us, and
 * every held address that it gives us is in use in the space. A held address of the universe that
 * it gives to somebody else is disputed and in no space. Remembers whether anything changed that
 * must be stored. Conductor thread only.
 */
final class LocalState {
  private static final Logger LOG = System.getLogger(LocalState.class.getName());

  private final PeerName self;
  private final Space space = new Space();
  private final Holdings holdings = new Holdings();
  private final Handouts handouts = new Handouts();
  private Ring ring;
  private AddressSet owned = new AddressSet();
  private AddressSet withheld = new AddressSet();
  private final Map<Long, RingEntry> unseen = new HashMap<>();
  private boolean areCountsFrozen;
  private boolean changed;

  LocalState(PeerName self, AddressRange universe) {
    this.self = self;
    this.ring = Ring.empty(universe, self);
  }

  /** Whether stored state is of this peer and this universe (ipam.md 7). */
  boolean accepts(PersistedState stored) {
    if (!stored.self().equals(self)) {
      LOG.log(Level.INFO, "Deleting persisted data for peername {0}", stored.self());
      return false;
    }
    if (!stored.ring().universe().equals(ring.universe())) {
      LOG.log(
          Level.INFO,
          "Deleting persisted data for IPAM range {0}; our range is {1}",
          stored.ring().universe(),
          ring.universe().toCidrText());
      return false;
    }
    return true;
  }

  /**
   * Puts back what was stored. Held addresses that the ring does not give us stay listed, since
   * somebody uses them.
   */
  void restore(Ring storedRing, Map<String, OwnedAddresses> held) {
    held.forEach((ident, addresses) ->
        addresses.cidrs().forEach(cidr -> holdings.add(ident, cidr, addresses.isContainer())));
    setRing(storedRing);
  }

  /** Puts back of what was stored without a ring all that needs none. */
  void restoreOutside(Map<String, OwnedAddresses> held) {
    held.forEach((ident, addresses) ->
        addresses.cidrs().stream()
            .filter(cidr -> !contains(cidr.address()))
            .forEach(cidr -> holdings.add(ident, cidr, addresses.isContainer())));
  }

  Ring ring() {
    return ring;
  }

  Space space() {
    return space;
  }

  Holdings holdings() {
    return holdings;
  }

  Handouts handouts() {
    return handouts;
  }

  boolean contains(long address) {
    return ring.universe().contains(address);
  }

  void markChanged() {
    changed = true;
  }

  /** Answers whether something changed since the last call. */
  boolean takeChanged() {
    boolean result = changed;
    changed = false;
    return result;
  }

  /** Puts another ring in place of ours and makes the space agree. */
  void setRing(Ring next) {
    if (!next.equals(ring)) {
      ring = next;
      owned = AddressSet.of(ring.rangesOf(self));
      rebuildSpace();
    }
  }

  /**
   * Withholds addresses of ours from allocation and donation, and no others.
   *
   * @param isFrozen whether our entries are to stay as they are, whatever is free
   */
  void withhold(AddressSet addresses, boolean isFrozen) {
    areCountsFrozen = isFrozen;
    if (!addresses.equals(withheld)) {
      withheld = addresses;
      rebuildSpace();
    }
  }

  private void rebuildSpace() {
    changed = true;
    space.rebuild(owned, holdings.addresses(), withheld);
  }

  /** What the ring gives us; to be read only. */
  AddressSet owned() {
    return owned;
  }

  /** Addresses of the universe that we hold and the ring gives to somebody else. */
  AddressSet disputed() {
    if (ring.isEmpty()) {
      return new AddressSet();
    }
    return holdings.addresses().and(AddressSet.of(List.of(ring.universe()))).minus(owned);
  }

  /**
   * Writes the free counts of our ranges into the ring, when they can have changed.
   *
   * @param isCutOff whether others may be taking our space over. Versions then are used sparingly:
   *     one for all counts between two times that our ring leaves, lest they reach those that the
   *     takeover has written
   */
  void reportFree(BooleanSupplier isCutOff) {
    if (!changed || areCountsFrozen) {
      return;
    }
    if (!isCutOff.getAsBoolean()) {
      unseen.clear();
      ring = ring.reportFree(space);
      return;
    }
    Ring before = ring;
    ring = ring.reportFree(space, entry -> entry.equals(unseen.get(entry.token())));
    for (int i = 0; i < before.entries().size(); i++) {
      RingEntry entry = ring.entries().get(i);
      if (!entry.equals(before.entries().get(i))) {
        unseen.put(entry.token(), entry);
      }
    }
  }

  /** The ring as it is may be known to others from now on. */
  void ringHasLeft() {
    unseen.clear();
  }

  /** Takes the lowest free host address of a subnet for an identity. */
  Optional<Cidr> allocate(String ident, Cidr subnet, boolean isContainer) {
    OptionalLong address = space.allocate(subnet.hostRange());
    if (address.isEmpty()) {
      return Optional.empty();
    }
    Cidr cidr = new Cidr(address.getAsLong(), subnet.prefixLength());
    hold(ident, cidr, isContainer);
    return Optional.of(cidr);
  }

  /** Takes a certain address of ours for an identity. */
  void claim(String ident, Cidr cidr, boolean isContainer) throws IpamException {
    space.claim(cidr.address());
    hold(ident, cidr, isContainer);
  }

  /** Takes an address of ours that is withheld and was found in use on this host. */
  void claimWithheld(String ident, Cidr cidr, boolean isContainer) {
    space.claimWithheld(cidr.address());
    hold(ident, cidr, isContainer);
  }

  /** Records an address; it is in no space when it lies outside the universe. */
  void hold(String ident, Cidr cidr, boolean isContainer) {
    holdings.add(ident, cidr, isContainer);
    handouts.begin(Holdings.keyOf(ident, cidr.address()), cidr.address());
    changed = true;
  }

  /** Frees everything of an identity; answers whether there was anything. */
  boolean release(String ident) {
    List<Cidr> held = holdings.remove(ident);
    held.forEach(cidr -> giveBack(cidr.address()));
    return !held.isEmpty();
  }

  /** Frees one address of an identity; answers whether it was there. */
  boolean release(String ident, long address) {
    boolean found = holdings.remove(ident, address);
    if (found) {
      giveBack(address);
    }
    return found;
  }

  private void giveBack(long address) {
    changed = true;
    handouts.end(address);
    space.free(address);
  }

  /** Chooses free space for another peer and makes it the owner. */
  boolean donate(AddressRange request, PeerName to) {
    if (ring.entries().size() + 2 > IpamProtocol.MAX_RING_ENTRIES) {
      return false;
    }
    Optional<AddressRange> granted = space.donate(request);
    granted.ifPresent(range -> setRing(ring.grant(range, to)));
    return granted.isPresent();
  }

  /** Makes a peer the owner of one withheld address, when it is unused here. */
  boolean donateWithheld(long address, PeerName to) {
    boolean isUnused =
        ring.entries().size() + 2 <= IpamProtocol.MAX_RING_ENTRIES && space.donateWithheld(address);
    if (isUnused) {
      setRing(ring.grant(AddressRange.single(address), to));
    }
    return isUnused;
  }

  /** Gives all our space to another peer. */
  void handOver(PeerName heir) {
    holdings.clear();
    handouts.clear();
    space.clear();
    setRing(ring.transfer(self, heir));
  }
}
