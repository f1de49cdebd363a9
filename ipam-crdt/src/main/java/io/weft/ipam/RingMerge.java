package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Merges a received ring into ours (ipam.md 2.5, and 10 for what is different). Pure: neither ring
 * is changed.
 *
 * <p>The result has the tokens of both. Of a token that both have, the higher version wins; of one
 * version with two owners the one with more free space, then the lower name. That is the same on
 * every peer and in every order of merging, so that all come to agree whatever was sent. Only what
 * is no ring at all, or not a ring of this mesh, is refused.
 *
 * <p>One entry is not taken as it comes: a later version of our own is outdone by one, so that what
 * we say about our own range spreads again.
 */
public final class RingMerge {
  /** What came of a merge. */
  public sealed interface Result {
    /**
     * The rings are merged.
     *
     * @param ring the result
     * @param isUpdated whether an entry was taken from theirs
     * @param contradictions what no honest peer can have sent, in token order
     */
    record Merged(Ring ring, boolean isUpdated, List<Contradiction> contradictions)
        implements Result {
      /** Takes a copy of the list. */
      public Merged {
        contradictions = List.copyOf(contradictions);
      }
    }

    /**
     * They are not rings of one mesh, or theirs is none.
     *
     * @param message why, in the words of 2.2 and 2.5
     */
    record Conflict(String message) implements Result {}
  }

  /** The order of entries of one token; the greater wins. */
  private static final Comparator<RingEntry> PRECEDENCE =
      Comparator.comparingLong(RingEntry::version)
          .thenComparingLong(RingEntry::free)
          .thenComparing(RingEntry::peer, Comparator.reverseOrder());

  /** A contradiction whose range is known only when the merge is done. */
  private record Finding(
      Contradiction.Kind kind, RingEntry entry, PeerName other, boolean isLost, String text) {}

  private final Ring mine;
  private final Ring theirs;
  private final boolean isOwner;
  private final List<RingEntry> result;
  private final List<Finding> findings = new ArrayList<>();
  private boolean isInOurs;
  private boolean updated;

  private RingMerge(Ring mine, Ring theirs, boolean isOwner) {
    this.mine = mine;
    this.theirs = theirs;
    this.isOwner = isOwner;
    result = new ArrayList<>(Math.max(mine.entries().size(), theirs.entries().size()) + 2);
  }

  /**
   * Merges as the owner of our entries.
   *
   * @param mine our ring, without violations
   * @param theirs the ring received, unchecked
   * @param describe a peer's name as operators know it, for messages
   */
  public static Result merge(Ring mine, Ring theirs, Function<PeerName, String> describe) {
    return merge(mine, theirs, true, describe);
  }

  /**
   * Merges.
   *
   * @param isOwner whether the entries with our name were written by us; they were not while we
   *     only learn from others what we owned in an earlier life
   */
  static Result merge(
      Ring mine, Ring theirs, boolean isOwner, Function<PeerName, String> describe) {
    Optional<String> disorder = theirs.disorder();
    if (disorder.isPresent()) {
      return new Result.Conflict(disorder.get());
    }
    if (isSeededDifferently(mine, theirs)) {
      return new Result.Conflict(
          "IP allocation was seeded by different peers (received: %s, ours: %s)"
              .formatted(list(theirs.seeds(), describe), list(mine.seeds(), describe)));
    }
    if (!mine.universe().equals(theirs.universe())) {
      return new Result.Conflict(
          "Incompatible IP allocation ranges (received: %s, ours: %s)"
              .formatted(theirs.universe().toCidrText(), mine.universe().toCidrText()));
    }
    if (theirs.entries().equals(mine.entries()) && theirs.seeds().equals(mine.seeds())) {
      return new Result.Merged(mine, false, List.of());
    }
    return new RingMerge(mine, theirs, isOwner).run();
  }

  /** Whether the two were created by different peers, so that they have nothing in common. */
  static boolean isSeededDifferently(Ring mine, Ring theirs) {
    return !mine.seeds().isEmpty()
        && !theirs.seeds().isEmpty()
        && !mine.seeds().equals(theirs.seeds());
  }

  private static String list(List<PeerName> peers, Function<PeerName, String> describe) {
    return peers.stream().map(describe).collect(Collectors.joining(" ", "[", "]"));
  }

  private Result run() {
    reportExcess(theirs, true, "");
    walk();
    List<PeerName> seeds = mine.seeds().isEmpty() ? theirs.seeds() : mine.seeds();
    Ring merged = new Ring(mine.universe(), mine.self(), result, seeds);
    reportExcess(merged, false, "Merge of incoming data causes: ");
    Ring clamped = merged.clamped();
    List<Contradiction> contradictions = new ArrayList<>();
    for (Finding finding : findings) {
      long token = finding.entry.token();
      List<AddressRange> ranges = clamped.ranges(clamped.indexCovering(token));
      contradictions.add(
          new Contradiction(
              finding.kind, token, ranges, finding.other, finding.isLost, finding.text));
    }
    return new Result.Merged(clamped, updated, contradictions);
  }

  private void walk() {
    int i = 0;
    int j = 0;
    while (i < mine.entries().size() || j < theirs.entries().size()) {
      boolean hasMine = i < mine.entries().size();
      boolean hasTheirs = j < theirs.entries().size();
      if (!hasTheirs
          || (hasMine && mine.entries().get(i).token() < theirs.entries().get(j).token())) {
        keep(mine.entries().get(i++));
      } else if (!hasMine || mine.entries().get(i).token() > theirs.entries().get(j).token()) {
        foreignToken(theirs.entryWithin(j++));
      } else {
        sameToken(mine.entries().get(i++), theirs.entryWithin(j++));
      }
    }
  }

  /** A token that we do not have. */
  private void foreignToken(RingEntry other) {
    if (isInOurs && !isMe(other.peer())) {
      String text =
          "Peer %s says it owns the IP range from %s, which I think I own"
              .formatted(other.peer(), Ipv4.format(other.token()));
      find(Contradiction.Kind.SPLIT, other, other.peer(), true, text);
    } else if (isInOurs) {
      String text =
          "Received an entry at %s v%d inside an IP range I own, which I never wrote"
              .formatted(Ipv4.format(other.token()), other.version());
      find(Contradiction.Kind.UNWRITTEN, other, theirs.self(), false, text);
    }
    result.add(other);
    updated = true;
  }

  private void sameToken(RingEntry ours, RingEntry other) {
    boolean isMine = isMe(ours.peer());
    if (ours.peer().equals(other.peer())) {
      if (ours.version() >= other.version()) {
        keep(ours);
      } else if (isMine) {
        reportUnwritten(ours, other);
        keep(ours.raisedTo(RingEntry.raised(other.version(), 1)));
      } else {
        take(other);
      }
      return;
    }
    boolean isLost = PRECEDENCE.compare(ours, other) < 0;
    if (isMine && ours.version() == other.version()) {
      String text =
          "Inconsistent entries for %s: owned by %s but incoming message says %s"
              .formatted(Ipv4.format(ours.token()), ours.peer(), other.peer());
      find(Contradiction.Kind.TIE, other, other.peer(), isLost, text);
    } else if (isMine && isLost) {
      String text =
          "Received update for IP range I own at %s v%d: incoming message says owner %s v%d"
              .formatted(Ipv4.format(ours.token()), ours.version(), other.peer(), other.version());
      find(Contradiction.Kind.TAKEN, other, other.peer(), true, text);
    }
    if (isLost) {
      take(other);
    } else {
      keep(ours);
    }
  }

  private void reportUnwritten(RingEntry ours, RingEntry other) {
    String text =
        "Received update for IP range I own at %s v%d: incoming message says v%d, not mine"
            .formatted(Ipv4.format(ours.token()), ours.version(), other.version());
    find(Contradiction.Kind.UNWRITTEN, other, theirs.self(), false, text);
  }

  private void find(
      Contradiction.Kind kind, RingEntry entry, PeerName other, boolean isLost, String text) {
    findings.add(new Finding(kind, entry, other, isLost, text));
  }

  private void keep(RingEntry ours) {
    result.add(ours);
    isInOurs = isMe(ours.peer());
  }

  private void take(RingEntry other) {
    result.add(other);
    isInOurs = false;
    updated = true;
  }

  private boolean isMe(PeerName peer) {
    return isOwner && mine.self().equals(peer);
  }

  /** Free counts of others are hints: one that cannot be is cut, and reported for who sent it. */
  private void reportExcess(Ring ring, boolean withOurs, String prefix) {
    for (int i = 0; i < ring.entries().size(); i++) {
      RingEntry entry = ring.entries().get(i);
      if (entry.free() > ring.span(i) && (withOurs || !isMe(entry.peer()))) {
        String text = prefix + ring.excess(i);
        find(Contradiction.Kind.EXCESS, entry, entry.peer(), false, text);
      }
    }
  }
}
