package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Our votes on who takes over a vanished peer's space: single-decree Paxos for each such peer, the
 * acceptor's side. Conductor thread only; what it answers may leave only once its votes are stored.
 */
final class TakeoverVoter {
  /** Vanished peers voted on at one time. */
  static final int MAX_VOTES = 1024;

  private final LocalState state;
  private final MeshView mesh;
  private final StartHold hold;
  private final Sightings sightings;
  private final Reclaiming reclaiming;
  private final Map<PeerName, Vote> votes = new TreeMap<>();

  TakeoverVoter(
      LocalState state, MeshView mesh, StartHold hold, Sightings sightings, Reclaiming reclaiming) {
    this.state = state;
    this.mesh = mesh;
    this.hold = hold;
    this.sightings = sightings;
    this.reclaiming = reclaiming;
  }

  /** What is to be remembered over a restart. */
  Map<PeerName, Vote> snapshot() {
    return new TreeMap<>(votes);
  }

  void restore(Map<PeerName, Vote> stored) {
    votes.putAll(stored);
  }

  /**
   * Forgets the votes on peers that own nothing any more, since their space is taken over, and on
   * those that have survived: they are here, and have changed their entries since.
   */
  void forgetSettled() {
    Set<PeerName> owners = state.ring().owners();
    if (votes
        .entrySet()
        .removeIf(vote ->
            !owners.contains(vote.getKey()) || hasSurvived(vote.getKey(), vote.getValue()))) {
      state.markChanged();
    }
  }

  /**
   * Other entries alone prove nothing: they may be from before the victim went, and have come to us
   * late. Who then voted anew would help a second taker to a majority.
   */
  private boolean hasSurvived(PeerName victim, Vote vote) {
    return mesh.isKnown(victim) && vote.epoch() != epoch(victim);
  }

  /** A hash over a peer's entries in our ring, by which two rings are compared. */
  long epoch(PeerName victim) {
    return RingDigest.of(state.ring(), victim);
  }

  /** Whether our last vote is for a taker, and the victim's entries are still those of then. */
  boolean isVoteFor(PeerName victim, PeerName taker) {
    Vote vote = votes.getOrDefault(victim, Vote.NONE);
    return vote.accepted().isValid() && vote.taker().equals(taker) && vote.epoch() == epoch(victim);
  }

  /** Whether we remember votes: there are, or were, others who speak on the channel. */
  boolean hasVotes() {
    return !votes.isEmpty();
  }

  /** Answers the request for a promise. */
  TakeoverMessage.About onPrepare(TakeoverMessage.Prepare asked) {
    PeerName victim = asked.victim();
    if (!hold.isOwner()) {
      return refuse(asked, TakeoverMessage.Reason.NOT_READY);
    }
    if (mesh.isKnown(victim)) {
      return refuse(asked, TakeoverMessage.Reason.VICTIM_IS_REACHABLE);
    }
    if (epoch(victim) != asked.epoch() || !state.ring().owners().contains(victim)) {
      return refuse(asked, TakeoverMessage.Reason.RING_IS_OLD);
    }
    if (asked.isAutomatic() && !reclaiming.isDue(sightings.goneNanos(victim))) {
      return refuse(asked, TakeoverMessage.Reason.NOT_GONE_LONG_ENOUGH);
    }
    Vote vote = votes.getOrDefault(victim, Vote.NONE);
    boolean isFull = !votes.containsKey(victim) && votes.size() >= MAX_VOTES;
    if (isFull
        || asked.ballot().leapsAbove(vote.promised())
        || vote.promised().compareTo(asked.ballot()) > 0) {
      return refuse(asked, TakeoverMessage.Reason.PROMISED_HIGHER);
    }
    put(victim, vote.withPromise(asked.ballot(), epoch(victim)));
    return new TakeoverMessage.Promise(victim, asked.ballot(), vote.accepted(), vote.taker());
  }

  /** Answers the request for a vote. */
  TakeoverMessage.About onAccept(TakeoverMessage.Accept asked) {
    PeerName victim = asked.victim();
    if (mesh.isKnown(victim)) {
      return refuse(asked, TakeoverMessage.Reason.VICTIM_IS_REACHABLE);
    }
    Vote vote = votes.getOrDefault(victim, Vote.NONE);
    // Without a promise of ours the sender never asked; a settled vote is not given again.
    if (!vote.promised().isValid()
        || asked.ballot().leapsAbove(vote.promised())
        || vote.promised().compareTo(asked.ballot()) > 0) {
      return refuse(asked, TakeoverMessage.Reason.PROMISED_HIGHER);
    }
    put(victim, new Vote(asked.ballot(), asked.ballot(), asked.taker(), epoch(victim)));
    return new TakeoverMessage.Accepted(victim, asked.ballot());
  }

  /** The highest ballot we have promised about a peer. */
  Ballot promised(PeerName victim) {
    return votes.getOrDefault(victim, Vote.NONE).promised();
  }

  private void put(PeerName victim, Vote vote) {
    votes.put(victim, vote);
    state.markChanged();
  }

  private TakeoverMessage.Refusal refuse(
      TakeoverMessage.About asked, TakeoverMessage.Reason reason) {
    return new TakeoverMessage.Refusal(
        asked.victim(), asked.ballot(), reason, promised(asked.victim()));
  }
}
