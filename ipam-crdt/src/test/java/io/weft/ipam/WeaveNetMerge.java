package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Merges rings as a Weave Net router does (ipam.md 2.5), where any contradiction costs the
 * connection; for tests of what such a router makes of our rings.
 */
final class WeaveNetMerge {
  /**
   * What came of it.
   *
   * @param ring ours as before when there is an error
   * @param isUpdated whether an entry was taken from theirs
   * @param error why the connection is closed, null when it is not
   */
  record Outcome(Ring ring, boolean isUpdated, @Nullable String error) {}

  private final Ring mine;
  private final Ring theirs;
  private final Allocations allocations;
  private final List<RingEntry> result = new ArrayList<>();

  /** Owner of the last entry that was kept, null after one that was taken. */
  private @Nullable PeerName previous;

  private boolean isUpdated;

  private WeaveNetMerge(Ring mine, Ring theirs, Allocations allocations) {
    this.mine = mine;
    this.theirs = theirs;
    this.allocations = allocations;
  }

  static Outcome merge(Ring mine, Ring theirs, Allocations allocations) {
    Optional<String> violation = theirs.violation();
    if (violation.isPresent()) {
      return new Outcome(mine, false, violation.get());
    }
    if (RingMerge.isSeededDifferently(mine, theirs)) {
      return new Outcome(mine, false, "Received ring was seeded differently from ours");
    }
    if (!mine.universe().equals(theirs.universe())) {
      return new Outcome(mine, false, "Received range differs from ours");
    }
    return new WeaveNetMerge(mine, theirs, allocations).run();
  }

  private Outcome run() {
    String error = walk();
    if (error != null) {
      return new Outcome(mine, false, error);
    }
    List<PeerName> seeds = mine.seeds().isEmpty() ? theirs.seeds() : mine.seeds();
    Ring merged = new Ring(mine.universe(), mine.self(), result, seeds);
    List<RingEntry> entries = new ArrayList<>();
    for (int i = 0; i < result.size(); i++) {
      entries.add(isUs(result.get(i).peer()) ? merged.entryWithin(i) : result.get(i));
    }
    Ring clamped = new Ring(mine.universe(), mine.self(), entries, seeds);
    return clamped
        .violation()
        .map(text -> new Outcome(mine, false, "Merge of incoming data causes: " + text))
        .orElseGet(() -> new Outcome(clamped, isUpdated, null));
  }

  private @Nullable String walk() {
    int i = 0;
    int j = 0;
    while (i < mine.entries().size() && j < theirs.entries().size()) {
      RingEntry ours = mine.entries().get(i);
      RingEntry other = theirs.entries().get(j);
      if (ours.token() < other.token()) {
        keep(ours);
        i++;
        continue;
      }
      if (ours.token() > other.token()) {
        if (isUs(previous) && !isUs(other.peer()) && isAllocated(other.token(), ours.token())) {
          return split(other);
        }
        take(other);
        j++;
        continue;
      }
      String error = sameToken(ours, other, mine.next(i).token());
      if (error != null) {
        return error;
      }
      i++;
      j++;
    }
    mine.entries().subList(i, mine.entries().size()).forEach(this::keep);
    for (RingEntry other : theirs.entries().subList(j, theirs.entries().size())) {
      if (isUs(previous) && !isUs(other.peer())) {
        return split(other);
      }
      take(other);
    }
    return null;
  }

  private static String split(RingEntry other) {
    return "Peer %s says it owns the IP range from %s, which I think I own"
        .formatted(other.peer(), Ipv4.format(other.token()));
  }

  private @Nullable String sameToken(RingEntry ours, RingEntry other, long next) {
    boolean isOurs = isUs(ours.peer());
    boolean isSameOwner = ours.peer().equals(other.peer());
    if (ours.version() > other.version() || (ours.version() == other.version() && isSameOwner)) {
      keep(ours);
    } else if (ours.version() == other.version()) {
      if (isOurs && isAllocated(ours.token(), next)) {
        return "Inconsistent entries for %s: owned by %s but incoming message says %s"
            .formatted(Ipv4.format(ours.token()), ours.peer(), other.peer());
      }
      if (other.free() > ours.free()) {
        take(other);
      } else {
        keep(ours);
      }
    } else if (isOurs && isSameOwner) {
      result.add(ours.raisedTo(RingEntry.raised(other.version(), 1)));
    } else if (isOurs && isAllocated(ours.token(), next)) {
      return "Received update for IP range I own at %s v%d: incoming message says owner %s v%d"
          .formatted(Ipv4.format(ours.token()), ours.version(), other.peer(), other.version());
    } else {
      take(other);
    }
    return null;
  }

  /** Whether not every address is free with us. */
  private boolean isAllocated(long from, long to) {
    return mine.split(from, to).stream()
        .anyMatch(range -> allocations.countFree(range) != range.size());
  }

  private boolean isUs(@Nullable PeerName peer) {
    return mine.self().equals(peer);
  }

  private void keep(RingEntry ours) {
    result.add(ours);
    previous = ours.peer();
  }

  private void take(RingEntry other) {
    result.add(other);
    previous = null;
    isUpdated = true;
  }
}
