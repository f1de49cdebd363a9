package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which peer each 12-bit short id belongs to (mesh.md 6.4): of those that claim the same one, the
 * peer with the lowest name, the principal.
 */
final class ShortIds {
  /** How many short ids there are. */
  static final int COUNT = 4096;

  private static final int RANDOM_TRIES = 10;

  private final TreeMap<Integer, Slot> slots = new TreeMap<>();

  /** Peers with one short id; empty when it was used before. */
  private static final class Slot {
    private @Nullable PeerName principal;
    private final TreeSet<PeerName> others = new TreeSet<>();
  }

  /**
   * What has become of a short id.
   *
   * @param invalidate it belongs to another peer than overlays may have noted
   * @param displaced the peer it belonged to so far, when a peer with a lower name took it
   */
  record Change(boolean invalidate, @Nullable PeerName displaced) {
    private static final Change NONE = new Change(false, null);
  }

  /** Notes that a peer claims a short id; null when it has none. */
  Change add(PeerName peer, @Nullable Integer shortId) {
    if (shortId == null) {
      return Change.NONE;
    }
    Slot slot = slots.get(shortId);
    if (slot == null) {
      slot = new Slot();
      slot.principal = peer;
      slots.put(shortId, slot);
      return Change.NONE;
    }
    PeerName principal = slot.principal;
    if (principal == null) {
      slot.principal = peer;
      return new Change(true, null);
    }
    if (peer.compareTo(principal) < 0) {
      slot.others.add(principal);
      slot.principal = peer;
      return new Change(true, principal);
    }
    if (!peer.equals(principal)) {
      slot.others.add(peer);
    }
    return Change.NONE;
  }

  /** Takes back {@link #add}. */
  Change remove(PeerName peer, @Nullable Integer shortId) {
    Slot slot = shortId == null ? null : slots.get(shortId);
    if (slot == null) {
      return Change.NONE;
    }
    if (!peer.equals(slot.principal)) {
      slot.others.remove(peer);
      return Change.NONE;
    }
    slot.principal = slot.others.pollFirst();
    return slot.principal == null ? Change.NONE : new Change(true, null);
  }

  /** Whom a short id belongs to; null for nobody. */
  @Nullable PeerName principal(int shortId) {
    Slot slot = slots.get(shortId);
    return slot == null ? null : slot.principal;
  }

  /** A random short id that belongs to nobody; null when all are taken. */
  @Nullable Integer pickFree(RandomGenerator random) {
    for (int i = 0; i < RANDOM_TRIES; i++) {
      int candidate = random.nextInt(COUNT);
      if (principal(candidate) == null) {
        return candidate;
      }
    }
    int free = 0;
    for (int candidate = 0; candidate < COUNT; candidate++) {
      free += principal(candidate) == null ? 1 : 0;
    }
    int skip = free == 0 ? 0 : random.nextInt(free);
    for (int candidate = 0; candidate < COUNT; candidate++) {
      if (principal(candidate) == null && skip-- == 0) {
        return candidate;
      }
    }
    return null;
  }

  /** The peers that claim a short id without owning it, in order of name. */
  SortedSet<PeerName> others(int shortId) {
    Slot slot = slots.get(shortId);
    return slot == null ? new TreeSet<>() : new TreeSet<>(slot.others);
  }
}
