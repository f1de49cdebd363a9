package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether we know enough after a start to hand out addresses (ipam.md 10, F8 and F9). Conductor
 * thread only.
 *
 * <p>With stored state, one merge with anybody shows whether it is still true; a lone host goes on
 * after a while. Without, and when the ring of others says that we owned something, everybody we
 * reach must have told what it knows of it, and the host must have been searched for addresses in
 * use: until then the entries with our name count as written by another.
 */
final class StartHold {
  /** How long stored state waits for somebody to confirm it. */
  static final long CONFIRMATION_NANOS = 10_000_000_000L;

  /** How long lost state is learnt from others. */
  static final long LEARNING_NANOS = 60_000_000_000L;

  /** How long the search for addresses in use may take. */
  static final long SEARCH_NANOS = 60_000_000_000L;

  /** Rings asked for at a time while learning; each is an answer of its own. */
  private static final int MAX_ASKED_AT_ONCE = 32;

  private enum Phase {
    /** Nothing stored and no ring yet. */
    EMPTY,
    /** Stored state that nobody has confirmed. */
    UNCONFIRMED,
    /** A ring of others that says what we owned. */
    LEARNING,
    /** We know what we own. */
    OPEN
  }

  private enum Search {
    NONE,
    RUNNING,
    DONE,
    FAILED
  }

  private final LocalState state;
  private final MeshView mesh;
  private final EventTime time;
  private final Set<PeerName> heard = new HashSet<>();
  private final Set<PeerName> asked = new HashSet<>();
  private Phase phase = Phase.OPEN;
  private Search search = Search.NONE;
  private boolean isRestored;
  private long phaseSinceNanos;
  private long searchSinceNanos;

  StartHold(LocalState state, MeshView mesh, EventTime time) {
    this.state = state;
    this.mesh = mesh;
    this.time = time;
  }

  /** The router will search the host for addresses in use. */
  void expectSearch() {
    search = Search.RUNNING;
  }

  /** The host was searched, and what was found is claimed. */
  void searched(boolean isTrustworthy) {
    search = isTrustworthy ? Search.DONE : Search.FAILED;
  }

  /** Begins with or without stored state. */
  void begin(boolean hasState) {
    isRestored = hasState;
    enter(hasState ? Phase.UNCONFIRMED : Phase.EMPTY);
    searchSinceNanos = time.nanos();
  }

  private void enter(Phase next) {
    phase = next;
    phaseSinceNanos = time.nanos();
  }

  /** The ring is of our own making, in this life. */
  void created() {
    enter(Phase.OPEN);
  }

  /** A ring instance was merged. */
  void heard(PeerName instance) {
    switch (phase) {
      case EMPTY -> {
        enter(hadPast() ? Phase.LEARNING : Phase.OPEN);
        heard.add(instance);
      }
      case UNCONFIRMED -> enter(Phase.OPEN);
      case LEARNING -> heard.add(instance);
      case OPEN -> {}
    }
  }

  /** Whether others know entries of ours that somebody with our name has written to. */
  private boolean hadPast() {
    PeerName self = state.ring().self();
    return state.ring().entries().stream()
        .anyMatch(entry -> entry.peer().equals(self) && entry.version() > 0);
  }

  /** Whether the entries with our name are our own writing. */
  boolean isOwner() {
    return phase != Phase.LEARNING && phase != Phase.EMPTY;
  }

  /**
   * Ends what has lasted long enough.
   *
   * @return whether learning has ended, so that our entries are to be raised above all that was
   *     ever said of them
   */
  boolean expire() {
    if (search == Search.RUNNING && hasPassed(searchSinceNanos, SEARCH_NANOS)) {
      search = Search.FAILED;
    }
    if (phase == Phase.UNCONFIRMED
        && (isAlone() || hasPassed(phaseSinceNanos, CONFIRMATION_NANOS))) {
      enter(Phase.OPEN);
    }
    boolean hasLearnt =
        phase == Phase.LEARNING
            && search != Search.RUNNING
            && (missing().isEmpty() || hasPassed(phaseSinceNanos, LEARNING_NANOS));
    if (hasLearnt) {
      enter(Phase.OPEN);
      heard.clear();
      asked.clear();
    }
    return hasLearnt;
  }

  private boolean hasPassed(long sinceNanos, long limitNanos) {
    return time.nanos() - sinceNanos >= limitNanos;
  }

  private boolean isAlone() {
    PeerName self = state.ring().self();
    return mesh.activeTargets() == 0
        && state.ring().entries().stream().allMatch(entry -> entry.peer().equals(self));
  }

  /** Reachable owners whose ring we have not seen in this life. */
  private List<PeerName> missing() {
    List<PeerName> missing = new ArrayList<>();
    for (PeerName owner : state.ring().owners()) {
      if (!owner.equals(state.ring().self()) && !heard.contains(owner) && mesh.isKnown(owner)) {
        missing.add(owner);
      }
    }
    return missing;
  }

  /** Whom to ask for its ring now. */
  List<PeerName> toAsk() {
    if (phase != Phase.LEARNING) {
      return List.of();
    }
    List<PeerName> next =
        missing().stream().filter(peer -> !asked.contains(peer)).limit(MAX_ASKED_AT_ONCE).toList();
    asked.addAll(next);
    return next;
  }

  /** Whether the search of the host has failed, so that nobody knows what is in use. */
  boolean isSearchFailed() {
    return search == Search.FAILED;
  }

  /** Why nothing of ours is handed out; nothing once it is. */
  Optional<String> reason() {
    if (search == Search.RUNNING && !isRestored && !state.ring().isEmpty()) {
      return Optional.of("searching this host for addresses in use");
    }
    return switch (phase) {
      case UNCONFIRMED -> Optional.of("waiting for a peer to confirm the stored ring");
      case LEARNING ->
          Optional.of(
              "state lost, learning from peers what this one owned (%d not heard yet)"
                  .formatted(missing().size()));
      case EMPTY, OPEN -> Optional.empty();
    };
  }
}
