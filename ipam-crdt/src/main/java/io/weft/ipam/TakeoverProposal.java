package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One attempt of ours to be agreed on as the taker of a vanished peer's space: single-decree Paxos,
 * the proposer's side, over several ballots. Conductor thread only.
 */
final class TakeoverProposal {
  /** What to do after an answer. */
  enum Step {
    /** Wait on. */
    NONE,
    /** Promises of a majority are there: ask for votes. */
    ASK_VOTES,
    /** A majority has voted for {@link #taker}. */
    DECIDED,
    /** This ballot is lost: try a higher one after a moment. */
    RETRY,
    /** So many refuse that no majority is left. */
    HOPELESS
  }

  private final PeerName victim;
  private final boolean isAutomatic;
  private final Set<PeerName> electorate;
  private final int quorum;
  private final Consumer<TakeoverResult> reply;
  private final long deadlineNanos;
  private final Set<PeerName> granted = new HashSet<>();
  private final Map<PeerName, TakeoverMessage.Reason> refusals = new TreeMap<>();
  private Ballot ballot = Ballot.NONE;
  private Ballot highest = Ballot.NONE;
  private Ballot bestAccepted = Ballot.NONE;
  private PeerName taker;
  private boolean isVoting;
  private long nextSendNanos;
  private long epoch;

  TakeoverProposal(
      PeerName victim,
      boolean isAutomatic,
      PeerName self,
      Set<PeerName> electorate,
      int quorum,
      long deadlineNanos,
      Consumer<TakeoverResult> reply) {
    this.victim = victim;
    this.isAutomatic = isAutomatic;
    this.taker = self;
    this.electorate = electorate;
    this.quorum = quorum;
    this.deadlineNanos = deadlineNanos;
    this.reply = reply;
  }

  /**
   * Starts a ballot above all that we know of.
   *
   * @param promised the highest that we have promised ourselves
   * @param ringEpoch of the victim's entries in our ring
   */
  void begin(Ballot promised, PeerName self, long ringEpoch) {
    highest = max(highest, max(promised, ballot));
    epoch = ringEpoch;
    ballot = highest.next(self);
    bestAccepted = Ballot.NONE;
    taker = self;
    isVoting = false;
    granted.clear();
    refusals.clear();
  }

  private static Ballot max(Ballot a, Ballot b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** An answer of a voter; those to earlier ballots count for nothing. */
  Step onAnswer(PeerName from, TakeoverMessage.About answer) {
    if (!answer.ballot().equals(ballot) || !electorate.contains(from)) {
      return Step.NONE;
    }
    return switch (answer) {
      case TakeoverMessage.Promise promise -> onPromise(from, promise);
      case TakeoverMessage.Accepted _ -> onAccepted(from);
      case TakeoverMessage.Refusal refusal -> onRefusal(from, refusal);
      default -> Step.NONE;
    };
  }

  private Step onPromise(PeerName from, TakeoverMessage.Promise promise) {
    if (isVoting) {
      return Step.NONE;
    }
    if (promise.accepted().isValid() && promise.accepted().compareTo(bestAccepted) > 0) {
      bestAccepted = promise.accepted();
      taker = promise.taker();
    }
    granted.add(from);
    refusals.remove(from);
    if (granted.size() < quorum) {
      return Step.NONE;
    }
    isVoting = true;
    granted.clear();
    return Step.ASK_VOTES;
  }

  private Step onAccepted(PeerName from) {
    granted.add(from);
    return isVoting && granted.size() >= quorum ? Step.DECIDED : Step.NONE;
  }

  private Step onRefusal(PeerName from, TakeoverMessage.Refusal refusal) {
    if (!refusal.promised().leapsAbove(highest)) {
      highest = max(highest, refusal.promised());
    }
    refusals.put(from, refusal.reason());
    if (electorate.size() - refusals.size() >= quorum) {
      return Step.NONE;
    }
    boolean mayChange =
        refusals.containsValue(TakeoverMessage.Reason.PROMISED_HIGHER)
            || refusals.containsValue(TakeoverMessage.Reason.RING_IS_OLD);
    return mayChange ? Step.RETRY : Step.HOPELESS;
  }

  /** Voters that have said nothing in this phase. */
  Set<PeerName> silent() {
    Set<PeerName> silent = new TreeSet<>(electorate);
    silent.removeAll(granted);
    silent.removeAll(refusals.keySet());
    return silent;
  }

  /** The request that the voters are to answer now. */
  TakeoverMessage request() {
    return isVoting
        ? new TakeoverMessage.Accept(victim, ballot, taker)
        : new TakeoverMessage.Prepare(victim, ballot, epoch, isAutomatic);
  }

  /** Epoch of the victim's entries that this ballot is about. */
  long epoch() {
    return epoch;
  }

  boolean isVoter(PeerName peer) {
    return electorate.contains(peer);
  }

  PeerName victim() {
    return victim;
  }

  Ballot ballot() {
    return ballot;
  }

  PeerName taker() {
    return taker;
  }

  boolean isAutomatic() {
    return isAutomatic;
  }

  int quorum() {
    return quorum;
  }

  int voters() {
    return electorate.size();
  }

  Map<PeerName, TakeoverMessage.Reason> refusals() {
    return refusals;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  long nextSendNanos() {
    return nextSendNanos;
  }

  void sendAgainAt(long nanos) {
    nextSendNanos = nanos;
  }

  void answer(TakeoverResult result) {
    reply.accept(result);
  }
}
