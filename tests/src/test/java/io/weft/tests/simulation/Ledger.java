package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.ipam.OwnedAddresses;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who holds which address, kept outside the routers. It is told of every change that any router
 * makes durable, so a duplicate is noticed in the step that makes it.
 *
 * <p>An address is held by a host while a container of it uses it or its router has it on disk: the
 * containers of a host whose router lost its state still hold theirs.
 */
final class Ledger {
  private final Violations violations;
  private final Map<Long, Map<PeerName, String>> holders = new HashMap<>();
  private final Map<PeerName, Map<Long, String>> durable = new HashMap<>();
  private final Map<PeerName, Map<String, Cidr>> promised = new HashMap<>();
  private final Map<PeerName, Set<Long>> excused = new HashMap<>();
  private final Set<PeerName> robbed = new HashSet<>();

  Ledger(Violations violations) {
    this.violations = violations;
  }

  /** A router has made durable what it has handed out. */
  void persisted(PeerName router, Map<String, OwnedAddresses> owned) {
    Map<Long, String> before = durable.getOrDefault(router, Map.of());
    Map<Long, String> now = new HashMap<>();
    owned.forEach((ident, addresses) ->
        addresses
            .cidrs()
            .forEach(cidr -> {
              String other = now.putIfAbsent(cidr.address(), ident);
              if (other != null) {
                duplicate(cidr.address(), router, other, router, ident);
              }
            }));
    durable.put(router, now);
    now.forEach((address, ident) -> {
      if (!ident.equals(before.get(address))) {
        hold(router, ident, address);
      }
    });
    before.forEach((address, ident) -> {
      if (!now.containsKey(address) && !isPromised(router, address)) {
        letGo(router, address);
      }
    });
  }

  private void hold(PeerName router, String ident, long address) {
    Map<PeerName, String> here = holders.computeIfAbsent(address, _ -> new TreeMap<>());
    here.forEach((other, otherIdent) -> {
      boolean same = other.equals(router) && otherIdent.equals(ident);
      if (!same && !isExcused(other, address) && !isExcused(router, address)) {
        duplicate(address, other, otherIdent, router, ident);
      }
    });
    here.put(router, ident);
    if (robbed.contains(router)) {
      excused.computeIfAbsent(router, _ -> new HashSet<>()).add(address);
    }
  }

  private boolean isExcused(PeerName router, long address) {
    return robbed.contains(router) || excused.getOrDefault(router, Set.of()).contains(address);
  }

  private void duplicate(
      long address, PeerName one, String ident, PeerName other, String otherIdent) {
    violations.add(
        "%s is held by %s for %s and by %s for %s"
            .formatted(new Cidr(address, 32), one, ident, other, otherIdent));
  }

  private void letGo(PeerName router, long address) {
    Map<PeerName, String> here = holders.getOrDefault(address, Map.of());
    here.remove(router);
    if (here.isEmpty()) {
      holders.remove(address);
    }
    excused.getOrDefault(router, new HashSet<>()).remove(address);
  }

  /** A caller was told that it has an address. */
  void promised(PeerName router, String ident, Cidr cidr) {
    if (!durable.getOrDefault(router, Map.of()).containsKey(cidr.address())) {
      violations.add("%s was promised by %s before it was durable".formatted(cidr, router));
    }
    promised.computeIfAbsent(router, _ -> new TreeMap<>()).put(ident, cidr);
  }

  /** A caller gives its address back; the router will hear of it in the same step. */
  void released(PeerName router, String ident) {
    Cidr cidr = promisedBy(router).remove(ident);
    if (cidr != null && !durable.getOrDefault(router, Map.of()).containsKey(cidr.address())) {
      letGo(router, cidr.address());
    }
  }

  /** A disk is gone; containers use what they used. */
  void lost(PeerName router) {
    Map<Long, String> gone = durable.getOrDefault(router, Map.of());
    durable.put(router, new HashMap<>());
    gone.keySet().stream()
        .filter(address -> !isPromised(router, address))
        .forEach(address -> letGo(router, address));
  }

  /** A host has left for good or its space was taken over: nobody uses its addresses any more. */
  void forget(PeerName router) {
    promised.remove(router);
    durable.getOrDefault(router, Map.of()).keySet().forEach(address -> letGo(router, address));
    durable.remove(router);
    Set.copyOf(holders.keySet()).stream()
        .filter(address -> holders.getOrDefault(address, Map.of()).containsKey(router))
        .forEach(address -> letGo(router, address));
  }

  /**
   * The operator has given away the space of a host that is alive. What it holds and hands out is
   * the operator's fault and not counted.
   */
  void robbed(PeerName router) {
    robbed.add(router);
    Set<Long> held = excused.computeIfAbsent(router, _ -> new HashSet<>());
    holders.forEach((address, here) -> {
      if (here.containsKey(router)) {
        held.add(address);
      }
    });
  }

  /** Whether the operator has given away the space of a host that is alive. */
  boolean isRobbed(PeerName router) {
    return robbed.contains(router);
  }

  private boolean isPromised(PeerName router, long address) {
    return promised.getOrDefault(router, Map.of()).values().stream()
        .anyMatch(cidr -> cidr.address() == address);
  }

  /** What callers of a router rely on, by identity. */
  Map<String, Cidr> promisedBy(PeerName router) {
    return promised.computeIfAbsent(router, _ -> new TreeMap<>());
  }

  /** What callers of a router rely on and its disk knows. */
  Map<String, Cidr> durablePromisesOf(PeerName router) {
    Map<String, Cidr> known = new TreeMap<>(promisedBy(router));
    Map<Long, String> onDisk = durable.getOrDefault(router, Map.of());
    known.values().removeIf(cidr -> !onDisk.containsKey(cidr.address()));
    return known;
  }

  boolean isHeld(long address) {
    return holders.containsKey(address);
  }

  /** Addresses in use. */
  int size() {
    return holders.size();
  }
}
