package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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

  /** Owners are looked at every few seconds; after such a pause this process has stood still. */
  private static final long PAUSE_NANOS = 15_000_000_000L;

  /** After a pause the mesh has noticed by then who has gone meanwhile. */
  private static final long SETTLE_NANOS = 20_000_000_000L;

  private final LocalState state;
  private final MeshView mesh;
  private final EventTime time;
  private final Set<PeerName> speakers = new TreeSet<>();
  private final OwnerTimes presentSinceNanos = new OwnerTimes();
  private final OwnerTimes lastSeenNanos = new OwnerTimes();
  private final Reclaiming reclaiming;

  /** The owners at the last look. */
  private Set<PeerName> lookedFor = Set.of();

  /** Since when we have been watching: our start, or the end of the last time we stood still. */
  private long watchingSinceNanos;

  private long lastLookNanos;

  /** The date at the last look: it goes on where the whole machine stands still. */
  private long lastLookUnixMillis;

  private long trustedFromNanos;
  private boolean isFencePossible;
  private @Nullable Long majoritySeenNanos;
  private boolean hasHeardOthers;

  Sightings(LocalState state, MeshView mesh, EventTime time, Reclaiming reclaiming) {
    this.state = state;
    this.mesh = mesh;
    this.time = time;
    this.reclaiming = reclaiming;
    watchingSinceNanos = time.nanos();
  }

  /** The allocator starts. */
  void begin() {
    watchingSinceNanos = time.nanos();
    lastLookNanos = watchingSinceNanos;
    lastLookUnixMillis = time.unixMillis();
    trustedFromNanos = watchingSinceNanos;
    look();
  }

  /** Looks who is there; to be called every few seconds. */
  void look() {
    Set<PeerName> owners = state.ring().owners();
    if (!owners.equals(lookedFor)) {
      presentSinceNanos.retain(owners);
      lastSeenNanos.retain(owners);
      lookedFor = owners;
    }
    speakers.removeIf(speaker -> !mesh.isKnown(speaker));
    if (hasStoodStill()) {
      watchingSinceNanos = time.nanos();
      trustedFromNanos = time.nanos() + SETTLE_NANOS;
    }
    boolean hasSlept = hasSlept();
    lastLookNanos = time.nanos();
    lastLookUnixMillis = time.unixMillis();
    for (int i = 0; i < lastSeenNanos.size(); i++) {
      if (hasSlept) {
        // By this clock it was just now.
        lastSeenNanos.clear(i);
      }
      if (!mesh.isKnown(lastSeenNanos.owner(i))) {
        presentSinceNanos.clear(i);
      } else if (time.nanos() - trustedFromNanos >= 0) {
        lastSeenNanos.set(i, time.nanos());
        if (!presentSinceNanos.has(i)) {
          presentSinceNanos.set(i, time.nanos());
        }
      }
    }
    isFencePossible =
        reclaiming.isOn()
            && owners.size() >= MIN_FENCED_OWNERS
            && owners.contains(state.ring().self());
    majoritySeenNanos = isFencePossible ? majoritySeenNanos(owners) : null;
  }

  private boolean hasStoodStill() {
    return time.nanos() - lastLookNanos >= PAUSE_NANOS || hasSlept();
  }

  /**
   * Whether the monotonic clock has stood still with the machine, as when it was suspended: the
   * date has gone on by much more since the last look, or was put forward, which looks the same.
   */
  private boolean hasSlept() {
    long byDateNanos = TimeUnit.MILLISECONDS.toNanos(time.unixMillis() - lastLookUnixMillis);
    return byDateNanos - (time.nanos() - lastLookNanos) >= PAUSE_NANOS;
  }

  /** The last time at which more than half of the owners had been seen; null for never. */
  private @Nullable Long majoritySeenNanos(Set<PeerName> owners) {
    long now = time.nanos();
    // Ages, since times of the monotonic clock have an order only within a short while.
    List<Long> ages = new ArrayList<>();
    for (int i = 0; i < lastSeenNanos.size(); i++) {
      if (lastSeenNanos.owner(i).equals(state.ring().self())) {
        ages.add(0L);
      } else if (lastSeenNanos.has(i)) {
        ages.add(now - lastSeenNanos.at(i));
      }
    }
    Collections.sort(ages);
    int majority = owners.size() / 2 + 1;
    return ages.size() < majority ? null : now - ages.get(majority - 1);
  }

  /**
   * Whether others may be taking our space over by now, since we have not seen most owners for half
   * of the time after which they do. Of two owners neither can do so without the other. Exact at
   * any moment, also at the first one after the process or the whole machine has stood still,
   * provided that the machine knows the date.
   */
  boolean isFenced() {
    Long seenNanos = majoritySeenNanos;
    return isFencePossible
        && (seenNanos == null || hasSlept() || time.nanos() - seenNanos > reclaiming.fenceNanos());
  }

  /** Whether most owners are out of reach now, so that they could agree without us. */
  boolean isCutOff() {
    Set<PeerName> owners = state.ring().owners();
    PeerName self = state.ring().self();
    long present = owners.stream().filter(peer -> peer.equals(self) || mesh.isKnown(peer)).count();
    return owners.contains(self) && present <= owners.size() / 2;
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
    presentSinceNanos.forget(peer);
  }

  /** Those who speak on the channel, ourselves included. */
  List<PeerName> speakers() {
    Set<PeerName> all = new TreeSet<>(speakers);
    all.add(state.ring().self());
    return new ArrayList<>(all);
  }

  /** Whether an owner is in the mesh and does not speak on the channel: it cannot vote. */
  boolean isMute(PeerName owner) {
    Long since = presentSinceNanos.of(owner);
    return since != null
        && !owner.equals(state.ring().self())
        && !speakers.contains(owner)
        && time.nanos() - since >= MUTE_NANOS;
  }

  /**
   * For how long an owner has not been in the mesh, as far as we have watched without a pause:
   * while we stood still it was perhaps us who were gone.
   */
  long goneNanos(PeerName owner) {
    if (mesh.isKnown(owner) || hasStoodStill()) {
      return 0;
    }
    long watched = time.nanos() - watchingSinceNanos;
    Long lastNanos = lastSeenNanos.of(owner);
    return lastNanos == null ? watched : Math.min(watched, time.nanos() - lastNanos);
  }
}
