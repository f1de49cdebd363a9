package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.ipam.OwnedAddresses;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who holds which address, kept outside the routers. It is told of every change that any router
 * makes durable, so a duplicate is noticed in the step that makes it.
 */
final class Ledger {
  private final Map<Long, String> holders = new HashMap<>();
  private final Map<PeerName, Set<Long>> durable = new HashMap<>();
  private final Map<PeerName, Map<String, Cidr>> promised = new HashMap<>();

  /** A router has made durable what it has handed out. */
  void persisted(PeerName router, Map<String, OwnedAddresses> owned) {
    Set<Long> before = durable.getOrDefault(router, Set.of());
    Set<Long> now = new TreeSet<>();
    owned.forEach((ident, addresses) ->
        addresses.cidrs().forEach(cidr -> hold(router, ident, cidr.address(), now)));
    for (long address : before) {
      if (!now.contains(address)) {
        holders.remove(address);
      }
    }
    durable.put(router, now);
  }

  private void hold(PeerName router, String ident, long address, Set<Long> now) {
    String holder = router + " for " + ident;
    String other = holders.putIfAbsent(address, holder);
    if (other != null && !other.equals(holder)) {
      throw new AssertionError(
          "duplicate: %s is held by %s and by %s".formatted(new Cidr(address, 32), other, holder));
    }
    now.add(address);
  }

  /** A caller was told that it has an address. */
  void promised(PeerName router, String ident, Cidr cidr) {
    if (!durable.getOrDefault(router, Set.of()).contains(cidr.address())) {
      throw new AssertionError("%s was promised before it was durable".formatted(cidr));
    }
    promised.computeIfAbsent(router, _ -> new TreeMap<>()).put(ident, cidr);
  }

  /** A caller gives its address back. */
  void released(PeerName router, String ident) {
    promisedBy(router).remove(ident);
  }

  /** A router has left for good or its space was taken over: its promises are void. */
  void forget(PeerName router) {
    durable.getOrDefault(router, Set.of()).forEach(holders::remove);
    durable.remove(router);
    promised.remove(router);
  }

  /** What callers of a router rely on, by identity. */
  Map<String, Cidr> promisedBy(PeerName router) {
    return promised.computeIfAbsent(router, _ -> new TreeMap<>());
  }

  /** Addresses in use. */
  int size() {
    return holders.size();
  }
}
