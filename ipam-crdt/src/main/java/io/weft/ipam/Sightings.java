package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * When the ring's owners were last in the mesh, and which peers speak on the channel of takeovers.
 * Conductor thread only.
 */
final class Sightings {
  /**
   * Who has been in the mesh for so long without having been heard of on the channel does not speak
   * on it: the names travel with periodic gossip, neighbour by neighbour.
   */
  static final long MUTE_NANOS = 120_000_000_000L;

  private static final int MIN_FENCED_OWNERS = 3;

  private final LocalState state;
  private final MeshView mesh;
  private final EventTime time;
  private final Set<PeerName> speakers = new TreeSet<>();
  private final Map<PeerName, Long> presentSinceNanos = new HashMap<>();
  private final Map<PeerName, Long> lastSeenNanos = new HashMap<>();
  private final Reclaiming reclaiming;
  private long startNanos;
  private boolean isFenced;
  private boolean hasHeardOthers;

  Sightings(LocalState state, MeshView mesh, EventTime time, Reclaiming reclaiming) {
    this.state = state;
    this.mesh = mesh;
    this.time = time;
    this.reclaiming = reclaiming;
    startNanos = time.nanos();
  }

  /** The allocator starts. */
  void begin() {
    startNanos = time.nanos();
    look();
  }

  /** Looks who is there; to be called every few seconds. */
  void look() {
    Set<PeerName> owners = state.ring().owners();
    presentSinceNanos.keySet().retainAll(owners);
    lastSeenNanos.keySet().retainAll(owners);
    speakers.removeIf(speaker -> !mesh.isKnown(speaker));
    for (PeerName owner : owners) {
      if (mesh.isKnown(owner)) {
        lastSeenNanos.put(owner, time.nanos());
        presentSinceNanos.putIfAbsent(owner, time.nanos());
      } else {
        presentSinceNanos.remove(owner);
      }
    }
    isFenced =
        reclaiming.isOn()
            && owners.size() >= MIN_FENCED_OWNERS
            && owners.contains(state.ring().self())
            && !hasSeenMajority(owners, reclaiming.fenceNanos());
  }

  /**
   * Whether others may be taking our space over by now, since we have not seen most owners for half
   * of the time after which they do. Of two owners neither can do so without the other.
   */
  boolean isFenced() {
    return isFenced;
  }

  /** Peers that are said to speak on the channel; those not in the mesh are left out. */
  void heardOf(Collection<PeerName> peers) {
    for (PeerName peer : peers) {
      if (peer.equals(PeerName.UNKNOWN) || peer.equals(state.ring().self())) {
        continue;
      }
      hasHeardOthers = true;
      if (speakers.size() < IpamProtocol.MAX_NICKNAMES && mesh.isKnown(peer)) {
        speakers.add(peer);
      }
    }
  }

  /**
   * Whether anybody else has spoken on the channel since our start. Neighbours do so as soon as
   * they are connected; if not, everybody here is a Weave Net peer.
   */
  boolean hasHeardOthers() {
    return hasHeardOthers;
  }

  /** A peer has left the mesh: it may come back as another program. */
  void forget(PeerName peer) {
    speakers.remove(peer);
    presentSinceNanos.remove(peer);
  }

  /** Those who speak on the channel, ourselves included. */
  List<PeerName> speakers() {
    Set<PeerName> all = new TreeSet<>(speakers);
    all.add(state.ring().self());
    return new ArrayList<>(all);
  }

  /** Whether an owner is in the mesh and does not speak on the channel: it cannot vote. */
  boolean isMute(PeerName owner) {
    Long since = presentSinceNanos.get(owner);
    return since != null
        && !owner.equals(state.ring().self())
        && !speakers.contains(owner)
        && time.nanos() - since >= MUTE_NANOS;
  }

  /** For how long an owner has not been in the mesh, as far as we can tell since our start. */
  long goneNanos(PeerName owner) {
    return mesh.isKnown(owner) ? 0 : time.nanos() - lastSeenNanos.getOrDefault(owner, startNanos);
  }

  private boolean hasSeenMajority(Set<PeerName> owners, long withinNanos) {
    long seen = owners.stream().filter(owner -> hasSeen(owner, withinNanos)).count();
    return seen > owners.size() / 2;
  }

  private boolean hasSeen(PeerName owner, long withinNanos) {
    Long lastNanos = lastSeenNanos.get(owner);
    return owner.equals(state.ring().self())
        || mesh.isKnown(owner)
        || (lastNanos != null && time.nanos() - lastNanos <= withinNanos);
  }
}
