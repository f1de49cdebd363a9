package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a peer's ring does to ours (ipam.md 2.5, 10). It costs the connection only when it is no
 * ring of this mesh: a contradiction is settled, reported, and keeps its range out of use until the
 * two sides agree. Conductor thread only.
 */
final class Reconciliation {
  private static final Logger LOG = System.getLogger(Reconciliation.class.getName());

  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final StartHold hold;
  private final Quarantine quarantine;
  private final ContradictionLog log;
  private final Consumer<Ring> onRingUpdated;

  Reconciliation(
      LocalState state,
      Outbox outbox,
      Nicknames nicknames,
      StartHold hold,
      Quarantine quarantine,
      ContradictionLog log,
      Consumer<Ring> onRingUpdated) {
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.hold = hold;
    this.quarantine = quarantine;
    this.log = log;
    this.onRingUpdated = onRingUpdated;
  }

  /**
   * Takes in a ring.
   *
   * @throws GossipException when it cannot be one of this mesh, or would make ours too large
   */
  void receive(Ring theirs) throws GossipException {
    Ring mine = state.ring();
    if (theirs.disorder().isEmpty() && SeedConflict.mustYield(mine, theirs, hasNoAddress())) {
      adopt(theirs);
      return;
    }
    switch (RingMerge.merge(mine, theirs, hold.isOwner(), nicknames::describe)) {
      case RingMerge.Result.Conflict(String message) -> {
        LOG.log(Level.WARNING, "IP allocation ring of {0} refused: {1}", theirs.self(), message);
        throw new GossipException(message);
      }
      case RingMerge.Result.Merged merged -> accept(theirs, merged);
    }
  }

  private void accept(Ring theirs, RingMerge.Result.Merged merged) throws GossipException {
    Ring ring = merged.ring();
    if (ring.entries().size() > IpamProtocol.MAX_RING_ENTRIES) {
      throw new GossipException(
          "IP allocation ring would have %d entries".formatted(ring.entries().size()));
    }
    List<Contradiction> contradictions = merged.contradictions();
    Set<Long> won = new HashSet<>();
    for (Contradiction found : contradictions) {
      if (found.kind() == Contradiction.Kind.TIE && !found.isLost()) {
        won.add(found.token());
      }
    }
    if (!won.isEmpty()) {
      // Peers that keep their own of two equal entries take this one.
      ring = ring.raise(won);
      outbox.broadcast();
    }
    if (hold.takeGapDue()) {
      // Not before others are there: a host that is cut off and restarted again and again would
      // otherwise reach the versions of those who take its space over.
      ring = ring.skipVersions(IpamProtocol.UNCLEAN_VERSION_GAP);
    }
    state.setRing(ring);
    hold.heard(theirs.self());
    report(theirs, contradictions);
    if (merged.isUpdated()) {
      onRingUpdated.accept(state.ring());
    }
  }

  private void report(Ring theirs, List<Contradiction> contradictions) {
    Map<PeerName, List<AddressRange>> kept = new LinkedHashMap<>();
    Map<PeerName, String> causes = new HashMap<>();
    for (Contradiction found : contradictions) {
      log.report(found, theirs.self());
      if (found.isAboutOwnership() && !found.isLost()) {
        kept.computeIfAbsent(found.other(), _ -> new ArrayList<>()).addAll(found.ranges());
        causes.putIfAbsent(found.other(), found.text());
      }
    }
    kept.forEach((peer, ranges) -> quarantine.suspect(peer, ranges, causes.getOrDefault(peer, "")));
    reportOutdated(theirs);
  }

  /** The sender may not know yet that ranges of its own were taken over and are ours now. */
  private void reportOutdated(Ring theirs) {
    List<AddressRange> ranges = quarantine.heard(theirs);
    if (ranges.isEmpty()) {
      return;
    }
    PeerName peer = theirs.self();
    long token = ranges.getFirst().start();
    String text =
        "Peer %s thinks that it owns the IP range from %s, which I own"
            .formatted(peer, Ipv4.format(token));
    Contradiction.Kind kind = Contradiction.Kind.OUTDATED;
    log.report(new Contradiction(kind, token, ranges, peer, false, text), peer);
    quarantine.suspect(peer, ranges, text);
  }

  /** Gives up a ring that we never used for the one of a mesh that uses its own. */
  private void adopt(Ring theirs) {
    Ring mine = state.ring();
    LOG.log(
        Level.WARNING,
        "the IP allocation ring seeded by {0} is given up unused for that seeded by {1}",
        mine.seeds(),
        theirs.seeds());
    Ring adopted =
        new Ring(mine.universe(), mine.self(), theirs.entries(), theirs.seeds()).clamped();
    state.setRing(adopted);
    hold.adopted(theirs.self());
    onRingUpdated.accept(state.ring());
    outbox.broadcast();
  }

  private boolean hasNoAddress() {
    return state.holdings().addresses().lowest(state.ring().universe()) < 0;
  }
}
