package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Merges a received ring into ours (ipam.md 2.5). Pure: neither ring is changed, and a conflict
 * leaves nothing behind.
 *
 * <p>Beyond the page's rules, a result that would take an address from us which we have handed out
 * is a conflict too: the rules look only at the first foreign token inside a range of ours.
 */
public final class RingMerge {
  /** What came of a merge. */
  public sealed interface Result {
    /**
     * The rings fit together.
     *
     * @param ring the result
     * @param isUpdated whether an entry was taken from theirs
     */
    record Merged(Ring ring, boolean isUpdated) implements Result {}

    /**
     * They do not.
     *
     * @param message why, in the words of 2.5
     */
    record Conflict(String message) implements Result {}
  }

  private final Ring mine;
  private final Ring theirs;
  private final Allocations allocations;
  private final List<RingEntry> result = new ArrayList<>();
  private @Nullable PeerName previousOfMine;
  private boolean updated;

  private RingMerge(Ring mine, Ring theirs, Allocations allocations) {
    this.mine = mine;
    this.theirs = theirs;
    this.allocations = allocations;
  }

  /**
   * Merges.
   *
   * @param mine our ring, without violations
   * @param theirs the ring received, unchecked
   * @param allocations the addresses we use and have free
   * @param describe a peer's name as operators know it, for messages
   */
  public static Result merge(
      Ring mine, Ring theirs, Allocations allocations, Function<PeerName, String> describe) {
    Optional<String> violation = theirs.violation();
    if (violation.isPresent()) {
      return new Result.Conflict(violation.get());
    }
    boolean bothSeeded = !mine.seeds().isEmpty() && !theirs.seeds().isEmpty();
    if (bothSeeded && !mine.seeds().equals(theirs.seeds())) {
      return new Result.Conflict(
          "IP allocation was seeded by different peers (received: %s, ours: %s)"
              .formatted(list(theirs.seeds(), describe), list(mine.seeds(), describe)));
    }
    if (!mine.universe().equals(theirs.universe())) {
      return new Result.Conflict(
          "Incompatible IP allocation ranges (received: %s, ours: %s)"
              .formatted(theirs.universe().toCidrText(), mine.universe().toCidrText()));
    }
    return new RingMerge(mine, theirs, allocations).run();
  }

  private static String list(List<PeerName> peers, Function<PeerName, String> describe) {
    return peers.stream().map(describe).collect(Collectors.joining(" ", "[", "]"));
  }

  private Result run() {
    Optional<String> conflict = walk();
    if (conflict.isPresent()) {
      return new Result.Conflict(conflict.get());
    }
    List<PeerName> seeds = mine.seeds().isEmpty() ? theirs.seeds() : mine.seeds();
    Ring merged = new Ring(mine.universe(), mine.self(), clampOwnFree(), seeds);
    Optional<String> violation = merged.violation();
    if (violation.isPresent()) {
      return new Result.Conflict("Merge of incoming data causes: " + violation.get());
    }
    return lostAddress(merged)
        .<Result>map(Result.Conflict::new)
        .orElseGet(() -> new Result.Merged(merged, updated));
  }

  private Optional<String> walk() {
    int i = 0;
    int j = 0;
    while (i < mine.entries().size() || j < theirs.entries().size()) {
      @Nullable RingEntry ours = i < mine.entries().size() ? mine.entries().get(i) : null;
      @Nullable RingEntry other = j < theirs.entries().size() ? theirs.entries().get(j) : null;
      Optional<String> conflict = Optional.empty();
      if (other == null || (ours != null && ours.token() < other.token())) {
        keep(mine.entries().get(i++));
      } else if (ours == null || ours.token() > other.token()) {
        conflict = foreignToken(ours, other);
        j++;
      } else {
        conflict = sameToken(i, ours, other);
        i++;
        j++;
      }
      if (conflict.isPresent()) {
        return conflict;
      }
    }
    return Optional.empty();
  }

  /** A token that we do not have, between ours or (next is null) behind the last of ours. */
  private Optional<String> foreignToken(@Nullable RingEntry next, RingEntry other) {
    boolean splitsOurs = isMe(previousOfMine) && !isMe(other.peer());
    if (splitsOurs && (next == null || isUsed(other.token(), next.token()))) {
      return Optional.of(splitText(other));
    }
    take(other);
    return Optional.empty();
  }

  private Optional<String> sameToken(int index, RingEntry ours, RingEntry other) {
    if (ours.version() > other.version()) {
      keep(ours);
    } else if (ours.version() == other.version()) {
      if (ours.peer().equals(other.peer())) {
        keep(ours);
      } else if (isMe(ours.peer()) && isUsed(ours.token(), mine.next(index).token())) {
        return Optional.of(
            "Inconsistent entries for %s: owned by %s but incoming message says %s"
                .formatted(Ipv4.format(ours.token()), ours.peer(), other.peer()));
      } else if (other.free() > ours.free()) {
        take(other);
      } else {
        keep(ours);
      }
    } else if (!isMe(ours.peer())) {
      take(other);
    } else if (isMe(other.peer())) {
      // Somebody knows a later version of our own entry: outdo it, so that ours spreads again.
      result.add(ours.raisedTo(RingEntry.raised(other.version(), 1)));
    } else if (isUsed(ours.token(), mine.next(index).token())) {
      return Optional.of(
          "Received update for IP range I own at %s v%d: incoming message says owner %s v%d"
              .formatted(Ipv4.format(ours.token()), ours.version(), other.peer(), other.version()));
    } else {
      take(other);
    }
    return Optional.empty();
  }

  private void keep(RingEntry ours) {
    result.add(ours);
    previousOfMine = ours.peer();
  }

  private void take(RingEntry other) {
    result.add(other);
    previousOfMine = null;
    updated = true;
  }

  private boolean isMe(@Nullable PeerName peer) {
    return mine.self().equals(peer);
  }

  /** Whether some address from a up to b is not free in our space. */
  private boolean isUsed(long a, long b) {
    for (AddressRange range : mine.split(a, b)) {
      if (allocations.countFree(range) != range.size()) {
        return true;
      }
    }
    return false;
  }

  private List<RingEntry> clampOwnFree() {
    List<RingEntry> clamped = new ArrayList<>(result.size());
    for (int i = 0; i < result.size(); i++) {
      RingEntry entry = result.get(i);
      long distance = mine.distance(entry.token(), result.get((i + 1) % result.size()).token());
      boolean tooMuch = isMe(entry.peer()) && entry.free() > distance;
      clamped.add(tooMuch ? entry.withFree(distance) : entry);
    }
    return clamped;
  }

  private Optional<String> lostAddress(Ring merged) {
    AddressSet missing = new AddressSet();
    allocations.inUse().forEach(missing::add);
    merged.rangesOf(merged.self()).forEach(missing::remove);
    long lost = missing.lowest(mine.universe());
    return lost < 0 ? Optional.empty() : Optional.of(splitText(merged.entryCovering(lost)));
  }

  private static String splitText(RingEntry other) {
    return "Peer %s says it owns the IP range from %s, which I think I own"
        .formatted(other.peer(), Ipv4.format(other.token()));
  }
}
