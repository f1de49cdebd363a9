package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether we know enough after a start to hand out addresses (ipam.md 10, F8 and F9). Conductor
 * thread only.
 *
 * <p>With stored state, one merge with anybody shows whether it is still true; a lone host goes on
 * after a while. Without, and when the ring of others says that we owned something, everybody we
 * reach must have told what it knows of it, and the host must have been searched for addresses in
 * use: until then the entries with our name count as written by another. A ring made from the seeds
 * that an option names is no proof that there was nothing before it: it waits like stored state.
 */
final class StartHold {
  /** How long stored state waits for somebody to confirm it. */
  static final long CONFIRMATION_NANOS = 10_000_000_000L;

  /** How long lost state is learnt from others. */
  static final long LEARNING_NANOS = 60_000_000_000L;

  /** How long the search for addresses in use may take. */
  static final long SEARCH_NANOS = 60_000_000_000L;

  /** An owner that has not answered is asked again after this. */
  static final long ASK_AGAIN_NANOS = 5_000_000_000L;

  /** Rings asked for at a time while learning; each is an answer of its own. */
  private static final int MAX_ASKED_AT_ONCE = 32;

  private enum Phase {
    /** Nothing stored and no ring yet. */
    EMPTY,
    /**
     * Nothing stored and a ring as the option for its seeds says, which others may have changed.
     */
    SEEDED,
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
  private final Map<PeerName, Long> askedAtNanos = new HashMap<>();
  private Phase phase = Phase.OPEN;
  private Search search = Search.NONE;
  private boolean isRestored;
  private boolean isLearningDue;
  private boolean isGapDue;
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

  /** What was said last before the start may not have been stored, if the disk forgets writes. */
  void expectLosses() {
    isGapDue = true;
  }

  /** The stored ring was not known to be ours when the last life ended; no version of it was. */
  void expectLearning() {
    isLearningDue = true;
  }

  /** Answers once, when somebody was heard, whether versions of ours are to be skipped. */
  boolean takeGapDue() {
    boolean result = isGapDue;
    isGapDue = false;
    return result;
  }

  /** The host was searched, and what was found is claimed. */
  void searched(boolean isTrustworthy) {
    search = isTrustworthy ? Search.DONE : Search.FAILED;
  }

  /** Begins with or without stored state. */
  void begin(boolean hasState) {
    isRestored = hasState && !isLearningDue;
    if (!hasState) {
      enter(Phase.EMPTY);
    } else if (!isLearningDue) {
      enter(Phase.UNCONFIRMED);
    } else {
      enter(hadPast() ? Phase.LEARNING : Phase.SEEDED);
    }
    searchSinceNanos = time.nanos();
  }

  private void enter(Phase next) {
    boolean wasLearning = isLearning();
    phase = next;
    phaseSinceNanos = time.nanos();
    if (isLearning() != wasLearning) {
      state.markChanged();
    }
  }

  /** The ring is of our own making, in this life. */
  void created() {
    enter(Phase.OPEN);
  }

  /** The ring was made from the option for its seeds, perhaps not for the first time. */
  void seeded() {
    enter(Phase.SEEDED);
  }

  /** The ring of others has replaced ours, which says nothing of what we have done with theirs. */
  void adopted(PeerName instance) {
    heard.clear();
    askedAtNanos.clear();
    heard.add(instance);
    // It was due for what we said of the other ring; the end of learning skips versions of this.
    isGapDue = false;
    enter(hadPast() ? Phase.LEARNING : Phase.OPEN);
  }

  /** A ring instance was merged. */
  void heard(PeerName instance) {
    switch (phase) {
      case EMPTY -> {
        enter(hadPast() ? Phase.LEARNING : Phase.OPEN);
        heard.add(instance);
      }
      case UNCONFIRMED -> enter(Phase.OPEN);
      case SEEDED -> {
        heard.add(instance);
        if (hadPast()) {
          enter(Phase.LEARNING);
        }
      }
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
    return phase == Phase.OPEN || phase == Phase.UNCONFIRMED;
  }

  /**
   * Whether there is a ring whose entries with our name are not known to be our own writing: a life
   * that begins with it must go on to learn.
   */
  boolean isLearning() {
    return phase == Phase.LEARNING || phase == Phase.SEEDED;
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
    if (phase == Phase.SEEDED && isSeedSettled()) {
      enter(Phase.OPEN);
      heard.clear();
      askedAtNanos.clear();
    }
    boolean hasLearnt =
        phase == Phase.LEARNING
            && search != Search.RUNNING
            && (hasHeardAll() || hasPassed(phaseSinceNanos, LEARNING_NANOS));
    if (hasLearnt) {
      enter(Phase.OPEN);
      heard.clear();
      askedAtNanos.clear();
    }
    return hasLearnt;
  }

  /** Whether nobody who can be reached knows another ring than the one just made. */
  private boolean isSeedSettled() {
    return isAlone() || hasHeardAll() || hasPassed(phaseSinceNanos, CONFIRMATION_NANOS);
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

  /** Whether somebody was heard, and all those who can be reached; at first nobody can be. */
  private boolean hasHeardAll() {
    return !heard.isEmpty() && missing().isEmpty();
  }

  /** Whom to ask for its ring now; again after a while, since question or answer may be lost. */
  List<PeerName> toAsk() {
    if (phase != Phase.LEARNING && phase != Phase.SEEDED) {
      return List.of();
    }
    List<PeerName> next =
        missing().stream().filter(this::isAskDue).limit(MAX_ASKED_AT_ONCE).toList();
    next.forEach(peer -> askedAtNanos.put(peer, time.nanos()));
    return next;
  }

  private boolean isAskDue(PeerName peer) {
    Long lastNanos = askedAtNanos.get(peer);
    return lastNanos == null || hasPassed(lastNanos, ASK_AGAIN_NANOS);
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
      case SEEDED -> Optional.of("waiting for a peer to confirm the ring made from its seeds");
      case LEARNING ->
          Optional.of(
              "state lost, learning from peers what this one owned (%d not heard yet)"
                  .formatted(missing().size()));
      case EMPTY, OPEN -> Optional.empty();
    };
  }
}
