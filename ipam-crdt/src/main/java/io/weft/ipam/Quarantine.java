package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Ranges of ours that another peer takes for its own, or may when it comes back: nobody is given an
 * address there until that peer's ring has agreed with ours for a while, except the peer itself,
 * which asks for each one it uses. A peer that is gone holds nothing up. Conductor thread only.
 */
final class Quarantine {
  /** A peer that agrees later than this after all has had time to claim what it uses. */
  static final long GRACE_NANOS = 30_000_000_000L;

  /** Peers remembered; space taken over from more of them would have to be claimed at once. */
  static final int MAX_RIVALS = 1024;

  private static final int MAX_ASKED_AT_ONCE = 16;

  private static final class Rival {
    AddressSet ranges = new AddressSet();
    String cause = "";
    boolean hasAgreed;
    long agreedAtNanos;
  }

  private final LocalState state;
  private final MeshView mesh;
  private final EventTime time;
  private final Map<PeerName, Rival> rivals = new TreeMap<>();
  private final Set<PeerName> agreed = new TreeSet<>();

  Quarantine(LocalState state, MeshView mesh, EventTime time) {
    this.state = state;
    this.mesh = mesh;
    this.time = time;
  }

  /** Withholds ranges of ours from now on, whenever the peer is in the mesh. */
  void suspect(PeerName peer, Collection<AddressRange> ranges, String cause) {
    if (!rivals.containsKey(peer) && rivals.size() >= MAX_RIVALS) {
      return;
    }
    Rival rival = rivals.computeIfAbsent(peer, _ -> new Rival());
    List<AddressRange> all = new ArrayList<>(rival.ranges.ranges());
    all.addAll(ranges);
    rival.ranges = AddressSet.of(all);
    rival.cause = cause;
    rival.hasAgreed = false;
    agreed.remove(peer);
    state.markChanged();
  }

  /**
   * Compares the ring that a peer has sent of itself with ours, into which it is merged already.
   *
   * @return the ranges that the peer takes for its own and we did not know that; none for most
   */
  List<AddressRange> heard(Ring theirs) {
    PeerName peer = theirs.self();
    if (peer.equals(state.ring().self()) || peer.equals(PeerName.UNKNOWN)) {
      return List.of();
    }
    AddressSet claimed =
        theirs.entries().equals(state.ring().entries())
            ? new AddressSet()
            : AddressSet.of(theirs.rangesOf(peer)).and(state.owned());
    Rival rival = rivals.get(peer);
    if (claimed.isEmpty()) {
      if (agreed.size() < IpamProtocol.MAX_NICKNAMES) {
        agreed.add(peer);
      }
      if (rival != null && !rival.hasAgreed) {
        rival.hasAgreed = true;
        rival.agreedAtNanos = time.nanos();
      }
      return List.of();
    }
    if (rival != null) {
      rival.hasAgreed = false;
      return claimed.minus(rival.ranges).ranges();
    }
    // What it sent before it agreed may arrive after that by another way.
    return agreed.contains(peer) ? List.of() : claimed.ranges();
  }

  /** A peer has left the mesh: when it comes back it may know less than before. */
  void forgetAgreement(PeerName peer) {
    agreed.remove(peer);
    Rival rival = rivals.get(peer);
    if (rival != null) {
      rival.hasAgreed = false;
    }
  }

  /** Drops what is settled and what is no longer ours; answers what is withheld now. */
  AddressSet withheld() {
    List<AddressRange> now = new ArrayList<>();
    Iterator<Rival> all = rivals.values().iterator();
    while (all.hasNext()) {
      Rival rival = all.next();
      rival.ranges = rival.ranges.and(state.owned());
      boolean isOver = rival.hasAgreed && time.nanos() - rival.agreedAtNanos >= GRACE_NANOS;
      if (rival.ranges.isEmpty() || isOver) {
        all.remove();
        state.markChanged();
      }
    }
    rivals.forEach((peer, rival) -> {
      if (mesh.isKnown(peer)) {
        now.addAll(rival.ranges.ranges());
      }
    });
    return AddressSet.of(now);
  }

  /** Whom to ask for its ring, to see whether it agrees by now; not many at a time. */
  List<PeerName> toAsk() {
    List<PeerName> peers = new ArrayList<>();
    rivals.forEach((peer, rival) -> {
      boolean isOther = !peer.equals(state.ring().self());
      if (isOther && !rival.hasAgreed && peers.size() < MAX_ASKED_AT_ONCE && mesh.isKnown(peer)) {
        peers.add(peer);
      }
    });
    return peers;
  }

  /** Whether a peer takes an address for its own, and so may have it back. */
  boolean isClaimedBy(PeerName peer, long address) {
    Rival rival = rivals.get(peer);
    return rival != null && rival.ranges.contains(address);
  }

  /** What is to be remembered over a restart. */
  Map<PeerName, List<AddressRange>> snapshot() {
    Map<PeerName, List<AddressRange>> ranges = new TreeMap<>();
    rivals.forEach((peer, rival) -> ranges.put(peer, rival.ranges.ranges()));
    return ranges;
  }

  void restore(Map<PeerName, List<AddressRange>> stored) {
    stored.forEach((peer, ranges) -> suspect(peer, ranges, "known before the restart"));
  }

  /** Those that withhold something now. */
  List<IpamStatus.Quarantined> view(Nicknames nicknames) {
    List<IpamStatus.Quarantined> view = new ArrayList<>();
    rivals.forEach((peer, rival) -> {
      if (mesh.isKnown(peer)) {
        @Nullable String settled = rival.hasAgreed ? "it agrees, until its claims are in" : null;
        view.add(
            new IpamStatus.Quarantined(
                rival.ranges.ranges(),
                peer,
                nicknames.of(peer),
                settled == null ? rival.cause : rival.cause + "; " + settled));
      }
    });
    return Collections.unmodifiableList(view);
  }
}
