package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.ipam.Ring;
import io.weft.ipam.RingEntry;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which owner anybody has ever seen of a token at a version: there may be only one. Fed with every
 * ring that a router makes durable.
 *
 * <p>Two things that only hosts knew that are gone for good nobody can know, and versions may be
 * used again that only they have seen: those of tokens that nobody else has ever heard of, and
 * those with which a host has left, when all who have heard of that are gone themselves.
 */
final class Versions {
  /** So many hosts that have seen a thing are told from each other. */
  private static final int MAX_SEERS = 8;

  private record Stamp(long token, long version) {}

  private record Sighting(PeerName owner, Set<PeerName> seers) {}

  private final Violations violations;
  private final Map<Stamp, Sighting> sightings = new HashMap<>();
  private final Map<Long, Set<PeerName>> seersOfTokens = new HashMap<>();
  private final Set<PeerName> robbed = new HashSet<>();
  private final Set<PeerName> gone = new HashSet<>();

  /** The entries of the ring that each router had at last, in order of token. */
  private final Map<PeerName, List<RingEntry>> known = new HashMap<>();

  Versions(Violations violations) {
    this.violations = violations;
  }

  /** A router has this ring now. */
  void seen(PeerName router, Ring ring) {
    List<RingEntry> before = known.getOrDefault(router, List.of());
    List<RingEntry> now = ring.entries();
    known.put(router, now);
    int old = 0;
    for (RingEntry entry : now) {
      while (old < before.size() && before.get(old).token() < entry.token()) {
        old++;
      }
      if (old == before.size() || !before.get(old).equals(entry)) {
        check(router, entry);
      }
    }
  }

  private void check(PeerName router, RingEntry entry) {
    PeerName owner = entry.peer();
    Stamp stamp = new Stamp(entry.token(), entry.version());
    Sighting other = sightings.get(stamp);
    if (other == null || (!other.owner.equals(owner) && isBuried(entry.token(), other))) {
      other = new Sighting(owner, new HashSet<>());
      sightings.put(stamp, other);
    }
    note(router, other.seers);
    note(router, seersOfTokens.computeIfAbsent(entry.token(), _ -> new HashSet<>()));
    if (!other.owner.equals(owner) && !robbed.contains(owner) && !robbed.contains(other.owner)) {
      violations.add(
          "token %s at version %d belongs to %s and, as %s has it, to %s"
              .formatted(
                  new Cidr(entry.token(), 32).addressText(),
                  entry.version(),
                  other.owner,
                  router,
                  owner));
    }
  }

  private static void note(PeerName router, Set<PeerName> seers) {
    if (seers.size() <= MAX_SEERS) {
      seers.add(router);
    }
  }

  private boolean isBuried(long token, Sighting sighting) {
    boolean isForeign = !sighting.seers.contains(sighting.owner);
    return areGone(sighting.seers)
        && (isForeign || areGone(seersOfTokens.getOrDefault(token, Set.of())));
  }

  private boolean areGone(Set<PeerName> seers) {
    return seers.size() <= MAX_SEERS && gone.containsAll(seers);
  }

  /** A host will never come back. */
  void gone(PeerName router) {
    gone.add(router);
  }

  /** The operator has given away the space of a host that is alive: both will write its tokens. */
  void robbed(PeerName router) {
    robbed.add(router);
  }
}
