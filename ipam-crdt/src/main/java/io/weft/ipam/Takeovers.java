package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Takes over the space of vanished peers once a majority of the ring's owners agrees that it is us
 * (docs/ipam.md), for an operator or, with the option, on its own. Conductor thread only.
 */
final class Takeovers {
  private static final Logger LOG = System.getLogger(Takeovers.class.getName());

  /** How long an operator waits for the agreement. */
  static final long TIMEOUT_NANOS = 10_000_000_000L;

  private static final long RESEND_NANOS = 1_000_000_000L;
  private static final long MIN_RETRY_NANOS = 100_000_000L;
  private static final long MAX_RETRY_NANOS = 1_000_000_000L;

  /** Automatic proposers come after each other by this, so that one of them is usually alone. */
  private static final long RANK_DELAY_NANOS = 30_000_000_000L;

  private final IpamConfig config;
  private final LocalState state;
  private final Outbox outbox;
  private final Nicknames nicknames;
  private final MeshView mesh;
  private final EventTime time;
  private final RandomGenerator random;
  private final Sightings sightings;
  private final TakeoverVoter voter;
  private final TakeoverLink link;
  private final Map<PeerName, TakeoverProposal> proposals = new TreeMap<>();
  private final Map<PeerName, Long> pausedUntilNanos = new HashMap<>();
  private final Taking taking;

  /** Makes what a vanished peer owned ours; answers how many unused addresses it brings. */
  @FunctionalInterface
  interface Taking {
    long take(PeerName victim);
  }

  Takeovers(
      IpamConfig config,
      LocalState state,
      Outbox outbox,
      Nicknames nicknames,
      MeshView mesh,
      EventTime time,
      RandomGenerator random,
      Sightings sightings,
      TakeoverVoter voter,
      TakeoverLink link,
      Taking taking) {
    this.config = config;
    this.state = state;
    this.outbox = outbox;
    this.nicknames = nicknames;
    this.mesh = mesh;
    this.time = time;
    this.random = random;
    this.sightings = sightings;
    this.voter = voter;
    this.link = link;
    this.taking = taking;
  }

  /**
   * Begins to take over.
   *
   * @param reply called once, after the state is stored, perhaps before this returns
   */
  void begin(PeerName victim, boolean isAutomatic, Consumer<TakeoverResult> reply) {
    Consumer<TakeoverResult> later = result -> outbox.reply(() -> reply.accept(result));
    if (proposals.containsKey(victim)) {
      later.accept(new TakeoverResult.Failed(describe(victim) + " is being taken over already"));
      return;
    }
    boolean hasPartners = sightings.hasHeardOthers() || voter.hasVotes();
    if (!link.isConnected() || (!isAutomatic && !hasPartners)) {
      // A mesh that only knows Weave Net's ways.
      later.accept(new TakeoverResult.Taken(taking.take(victim)));
      return;
    }
    Set<PeerName> owners = state.ring().owners();
    Set<PeerName> electorate = electorate(owners, victim);
    if (electorate.isEmpty() && !isAutomatic) {
      electorate.addAll(sightings.speakers());
      electorate.remove(victim);
    }
    // An operator vouches that the victim is gone. Without one it may live among as many others.
    int quorum = (isAutomatic ? owners.size() : electorate.size()) / 2 + 1;
    long deadlineNanos = time.nanos() + TIMEOUT_NANOS;
    TakeoverProposal proposal =
        new TakeoverProposal(
            victim, isAutomatic, config.self(), electorate, quorum, deadlineNanos, later);
    if (quorum > electorate.size()) {
      end(proposal, new TakeoverResult.Failed("too few owners are left to agree"));
      return;
    }
    proposals.put(victim, proposal);
    beginBallot(proposal);
  }

  /** The same at whoever asks: owners, whether or not we are one. */
  private Set<PeerName> electorate(Set<PeerName> owners, PeerName victim) {
    Set<PeerName> electorate = new TreeSet<>(owners);
    electorate.remove(victim);
    electorate.removeIf(sightings::isMute);
    return electorate;
  }

  private void beginBallot(TakeoverProposal proposal) {
    PeerName victim = proposal.victim();
    proposal.begin(voter.promised(victim), config.self(), voter.epoch(victim));
    ask(proposal);
  }

  private boolean isOutdated(TakeoverProposal proposal) {
    return proposal.epoch() != voter.epoch(proposal.victim());
  }

  private void ask(TakeoverProposal proposal) {
    proposal.sendAgainAt(time.nanos() + RESEND_NANOS);
    TakeoverMessage request = proposal.request();
    for (PeerName peer : proposal.silent()) {
      if (!peer.equals(config.self())) {
        link.send(peer, request);
      }
    }
    // Who owns nothing does not count, but remembers for whom it has asked.
    if (proposal.silent().contains(config.self()) || !proposal.isVoter(config.self())) {
      TakeoverMessage.About own =
          switch (request) {
            case TakeoverMessage.Prepare prepare -> voter.onPrepare(prepare);
            case TakeoverMessage.Accept accept -> voter.onAccept(accept);
            default -> throw new IllegalStateException("no request: " + request);
          };
      onAnswer(config.self(), own);
    }
  }

  /** A voter has answered one of our requests. */
  void onAnswer(PeerName from, TakeoverMessage.About answer) {
    TakeoverProposal proposal = proposals.get(answer.victim());
    if (proposal == null) {
      return;
    }
    if (answer instanceof TakeoverMessage.Refusal refusal
        && refusal.reason() == TakeoverMessage.Reason.RING_IS_OLD
        && proposal.isVoter(from)
        && refusal.ballot().equals(proposal.ballot())) {
      outbox.sendState(from); // Whose ring is the older one, neither knows.
    }
    switch (proposal.onAnswer(from, answer)) {
      case NONE -> {}
      case ASK_VOTES -> ask(proposal);
      case DECIDED -> decide(proposal);
      case RETRY ->
          proposal.sendAgainAt(time.nanos() + random.nextLong(MIN_RETRY_NANOS, MAX_RETRY_NANOS));
      case HOPELESS -> end(proposal, new TakeoverResult.Failed(failure(proposal)));
    }
  }

  private void decide(TakeoverProposal proposal) {
    PeerName victim = proposal.victim();
    PeerName taker = proposal.taker();
    if (isOutdated(proposal)) {
      beginBallot(proposal);
      return;
    }
    proposals.remove(victim);
    if (!taker.equals(config.self())) {
      LOG.log(
          Level.INFO,
          "the space of {0} is taken over by {1}, as most owners agree",
          describe(victim),
          describe(taker));
      link.send(taker, new TakeoverMessage.Decided(victim, proposal.ballot(), taker));
      end(proposal, new TakeoverResult.TakenBy(taker));
    } else if (mesh.isKnown(victim)) {
      end(proposal, new TakeoverResult.Failed(describe(victim) + " has come back"));
    } else {
      end(proposal, new TakeoverResult.Taken(taking.take(victim)));
    }
  }

  /** Another peer says that it has collected the votes for us; our own must be among them. */
  void onDecided(TakeoverMessage.Decided decided) {
    PeerName victim = decided.victim();
    PeerName taker = decided.taker();
    boolean isOurs = taker.equals(config.self()) && voter.isVoteFor(victim, taker);
    if (isOurs && !mesh.isKnown(victim) && state.ring().owners().contains(victim)) {
      // Who has asked this host for it, too, is told what it has got.
      TakeoverProposal own = proposals.remove(victim);
      long addresses = taking.take(victim);
      if (own != null) {
        end(own, new TakeoverResult.Taken(addresses));
      }
    }
  }

  private void end(TakeoverProposal proposal, TakeoverResult result) {
    proposals.remove(proposal.victim());
    if (proposal.isAutomatic()) {
      long pauseNanos = RANK_DELAY_NANOS + random.nextLong(RANK_DELAY_NANOS);
      pausedUntilNanos.put(proposal.victim(), time.nanos() + pauseNanos);
    }
    proposal.answer(result);
  }

  private String failure(TakeoverProposal proposal) {
    List<String> reasons = new ArrayList<>();
    Set<PeerName> silent = proposal.silent();
    if (!silent.isEmpty()) {
      reasons.add(
          "no answer from "
              + silent.stream().map(this::describe).collect(Collectors.joining(", ")));
    }
    proposal.refusals().forEach((peer, reason) -> reasons.add(describe(peer) + text(reason)));
    return ("%d of %d owners must agree before %s is taken over: %s."
            + " force=true takes over without agreement; do so on one peer only")
        .formatted(
            proposal.quorum(),
            proposal.voters(),
            describe(proposal.victim()),
            String.join("; ", reasons));
  }

  private static String text(TakeoverMessage.Reason reason) {
    return switch (reason) {
      case VICTIM_IS_REACHABLE -> " still reaches it";
      case PROMISED_HIGHER -> " is agreeing with another peer";
      case NOT_GONE_LONG_ENOUGH -> " does not think that it has been gone for long enough";
      case RING_IS_OLD -> " knows a later ring";
      case NOT_READY -> " is still learning the ring";
    };
  }

  private String describe(PeerName peer) {
    return nicknames.describe(peer);
  }

  /** When something is to be done next; {@link Timed#NEVER} without proposals. */
  long nextDeadlineNanos() {
    return proposals.values().stream()
        .mapToLong(p -> Math.min(p.nextSendNanos(), p.deadlineNanos()))
        .min()
        .orElse(Timed.NEVER);
  }

  /** The ring has changed: who owns nothing any more has been taken over by another. */
  void onRing() {
    voter.forgetSettled();
    for (TakeoverProposal proposal : List.copyOf(proposals.values())) {
      if (!state.ring().owners().contains(proposal.victim())) {
        LOG.log(Level.INFO, "{0} has been taken over by another peer", describe(proposal.victim()));
        end(proposal, new TakeoverResult.Taken(0));
      } else if (isOutdated(proposal)) {
        proposal.sendAgainAt(time.nanos());
      }
    }
  }

  /** Asks again, or gives up. */
  void onTime() {
    for (TakeoverProposal proposal : List.copyOf(proposals.values())) {
      if (time.nanos() - proposal.deadlineNanos() >= 0) {
        end(proposal, new TakeoverResult.Failed(failure(proposal)));
      } else if (time.nanos() - proposal.nextSendNanos() >= 0) {
        if (proposal.refusals().isEmpty() && !isOutdated(proposal)) {
          ask(proposal);
        } else {
          beginBallot(proposal);
        }
      }
    }
  }

  /** We stop: whoever waits is told so. */
  void cancelAll() {
    for (TakeoverProposal proposal : List.copyOf(proposals.values())) {
      String text = "this host stops; " + describe(proposal.victim()) + " is not taken over";
      end(proposal, new TakeoverResult.Failed(text));
    }
  }

  /** Every few seconds: whose space is due to be taken over without an operator. */
  void tick() {
    voter.forgetSettled();
    Set<PeerName> owners = state.ring().owners();
    if (!config.reclaiming().isOn() || !link.isConnected() || !owners.contains(config.self())) {
      return;
    }
    List<PeerName> gone = new ArrayList<>();
    long rank = 0;
    for (PeerName owner : owners) {
      if (config.reclaiming().isDue(sightings.goneNanos(owner)) && !owner.equals(config.self())) {
        gone.add(owner);
      } else if (owner.compareTo(config.self()) < 0 && mesh.isKnown(owner)) {
        rank++;
      }
    }
    pausedUntilNanos.keySet().retainAll(gone);
    for (PeerName owner : gone) {
      long waited = sightings.goneNanos(owner) - config.reclaiming().afterNanos();
      Long pausedUntil = pausedUntilNanos.get(owner);
      boolean isPaused = pausedUntil != null && time.nanos() - pausedUntil < 0;
      if (waited >= rank * RANK_DELAY_NANOS && !isPaused && !proposals.containsKey(owner)) {
        begin(owner, true, result -> log(owner, result));
      }
    }
  }

  private void log(PeerName victim, TakeoverResult result) {
    String what =
        switch (result) {
          case TakeoverResult.Taken(long addresses) -> addresses + " free addresses gained";
          case TakeoverResult.TakenBy(PeerName taker) -> "it goes to " + describe(taker);
          case TakeoverResult.Failed(String message) -> "not yet: " + message;
        };
    LOG.log(Level.INFO, "space of {0}, which is gone for long: {1}", describe(victim), what);
  }
}
