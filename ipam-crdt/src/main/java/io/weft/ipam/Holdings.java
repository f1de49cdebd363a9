package io.weft.ipam;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who holds which address, and which containers have died (ipam.md 6.1). Conductor thread only. */
final class Holdings {
  private static final class Held {
    boolean isContainer;
    final List<Cidr> cidrs = new ArrayList<>();
  }

  private final Map<String, Held> owned = new LinkedHashMap<>();
  private final Map<Long, String> owners = new LinkedHashMap<>();
  private final Map<String, Long> diedAtNanos = new LinkedHashMap<>();
  private AddressSet addresses = new AddressSet();

  /** Identity under which an address is kept: its own text for callers that have none. */
  static String keyOf(String ident, long address) {
    return ident.equals(IpamProtocol.UNKNOWN_IDENT) ? Ipv4.format(address) : ident;
  }

  void add(String ident, Cidr cidr, boolean isContainer) {
    String key = keyOf(ident, cidr.address());
    Held held = owned.computeIfAbsent(key, k -> new Held());
    held.isContainer = isContainer;
    held.cidrs.add(cidr);
    owners.put(cidr.address(), key);
    addresses.add(AddressRange.single(cidr.address()));
  }

  /** Everything held, in the universe or not; to be read only. */
  AddressSet addresses() {
    return addresses;
  }

  /** Number of addresses held. */
  int size() {
    return owners.size();
  }

  /** Who holds an address; null for nobody. */
  @Nullable String ownerOf(long address) {
    return owners.get(address);
  }

  /** Addresses of an identity in a range, oldest first. */
  List<Cidr> find(String ident, AddressRange range) {
    Held held = owned.get(ident);
    return held == null
        ? List.of()
        : held.cidrs.stream().filter(cidr -> range.contains(cidr.address())).toList();
  }

  /** Removes an identity; answers what it held. */
  List<Cidr> remove(String ident) {
    diedAtNanos.remove(ident);
    Held held = owned.remove(ident);
    if (held == null) {
      return List.of();
    }
    held.cidrs.forEach(cidr -> forget(cidr.address()));
    return held.cidrs;
  }

  /** Removes one address of an identity; answers whether it was there. */
  boolean remove(String ident, long address) {
    Held held = owned.get(ident);
    if (held == null || !held.cidrs.removeIf(cidr -> cidr.address() == address)) {
      return false;
    }
    forget(address);
    if (held.cidrs.isEmpty()) {
      owned.remove(ident);
      diedAtNanos.remove(ident);
    }
    return true;
  }

  private void forget(long address) {
    owners.remove(address);
    addresses.remove(AddressRange.single(address));
  }

  boolean isContainer(String ident) {
    Held held = owned.get(ident);
    return held != null && held.isContainer;
  }

  void markDead(String ident, long nowNanos) {
    if (isContainer(ident)) {
      diedAtNanos.put(ident, nowNanos);
    }
  }

  void markAlive(String ident) {
    diedAtNanos.remove(ident);
  }

  boolean isDead(String ident) {
    return diedAtNanos.containsKey(ident);
  }

  /** Containers that have been dead for the given time. */
  List<String> deadFor(long delayNanos, long nowNanos) {
    List<String> expired = new ArrayList<>();
    for (Map.Entry<String, Long> dead : diedAtNanos.entrySet()) {
      if (nowNanos - dead.getValue() >= delayNanos) {
        expired.add(dead.getKey());
      }
    }
    return expired;
  }

  void clear() {
    owned.clear();
    owners.clear();
    diedAtNanos.clear();
    addresses = new AddressSet();
  }

  /** A copy of everything held, in the order it was given out. */
  Map<String, OwnedAddresses> snapshot() {
    Map<String, OwnedAddresses> copy = new LinkedHashMap<>();
    owned.forEach(
        (ident, held) -> copy.put(ident, new OwnedAddresses(held.isContainer, held.cidrs)));
    return copy;
  }
}
