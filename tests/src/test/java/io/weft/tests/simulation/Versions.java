package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.ipam.Ring;
import io.weft.ipam.RingEntry;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which owner anybody has ever seen of a token at a version: there may be only one. Fed with every
 * ring that a router makes durable.
 */
final class Versions {
  private record Stamp(long token, long version) {}

  private final Violations violations;
  private final Map<Stamp, PeerName> owners = new HashMap<>();
  private final Set<PeerName> robbed = new HashSet<>();
  private final Map<PeerName, Set<RingEntry>> known = new HashMap<>();

  Versions(Violations violations) {
    this.violations = violations;
  }

  /** A router has this ring now. */
  void seen(PeerName router, Ring ring) {
    Set<RingEntry> before = known.getOrDefault(router, Set.of());
    Set<RingEntry> now = new HashSet<>(ring.entries());
    known.put(router, now);
    for (RingEntry entry : now) {
      if (!before.contains(entry)) {
        check(router, entry);
      }
    }
  }

  private void check(PeerName router, RingEntry entry) {
    PeerName owner = entry.peer();
    PeerName other = owners.putIfAbsent(new Stamp(entry.token(), entry.version()), owner);
    if (other != null
        && !other.equals(owner)
        && !robbed.contains(owner)
        && !robbed.contains(other)) {
      violations.add(
          "token %s at version %d belongs to %s and, as %s has it, to %s"
              .formatted(
                  new Cidr(entry.token(), 32).addressText(),
                  entry.version(),
                  other,
                  router,
                  owner));
    }
  }

  /** The operator has given away the space of a host that is alive: both will write its tokens. */
  void robbed(PeerName router) {
    robbed.add(router);
  }
}
