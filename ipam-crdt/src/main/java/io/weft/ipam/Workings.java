package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** The parts of an allocator and how they hang together. Conductor thread only. */
final class Workings {
  private static final Logger LOG = System.getLogger(Workings.class.getName());

  final LocalState state;
  final Nicknames nicknames;
  final Outbox outbox = new Outbox();
  final Bootstrap bootstrap;
  final StartHold hold;
  final Quarantine quarantine;
  final Withholding withholding;
  final DisputeDesk disputes;
  final EventScope scope;
  final RequestDesk desk;
  final PeerMessages messages;
  final Succession succession;
  final Upkeep upkeep;
  final Sightings sightings;
  final TakeoverLink takeoverLink;
  final Takeovers takeovers;
  final TakeoverChannel takeoverChannel;
  private final TakeoverVoter voter;
  final IpamConfig config;
  private final EventTime time;
  private final MeshView mesh;
  private final ContradictionLog contradictions;

  /** The owners when {@link Sightings#look} was last called for a new ring. */
  private Set<PeerName> lookedFor = Set.of();

  Workings(
      IpamConfig config, EventTime time, RandomGenerator random, MeshView mesh, StateSink sink) {
    this.config = config;
    this.time = time;
    this.mesh = mesh;
    state = new LocalState(config.self(), config.universe().range());
    nicknames = new Nicknames(config.self(), config.nickname());
    bootstrap = new Bootstrap(config, mesh, state, outbox, this::adoptCreated);
    hold = new StartHold(state, mesh, time);
    quarantine = new Quarantine(state, mesh, time);
    sightings = new Sightings(state, mesh, time, config.reclaiming());
    withholding = new Withholding(state, hold, quarantine, sightings);
    disputes = new DisputeDesk(state, outbox, nicknames, time);
    contradictions = new ContradictionLog(time, nicknames);
    scope =
        new EventScope(
            state, outbox, bootstrap, this::snapshot, nicknames, time, sink, this::tend, sightings);
    desk =
        new RequestDesk(
            scope, config, state, outbox, nicknames, bootstrap, mesh, withholding, time, random);
    Reconciliation rings =
        new Reconciliation(state, outbox, nicknames, hold, quarantine, contradictions, this::adopt);
    messages =
        new PeerMessages(
            mesh,
            state,
            outbox,
            nicknames,
            bootstrap,
            desk,
            disputes,
            quarantine,
            withholding,
            rings);
    succession = new Succession(config.self(), state, nicknames, mesh);
    takeoverLink = new TakeoverLink(outbox);
    voter = new TakeoverVoter(state, mesh, hold, sightings, config.reclaiming());
    takeovers =
        new Takeovers(
            config,
            state,
            outbox,
            nicknames,
            mesh,
            time,
            random,
            sightings,
            voter,
            takeoverLink,
            this::take);
    takeoverChannel =
        new TakeoverChannel(time, scope, outbox, sightings, voter, takeovers, takeoverLink);
    upkeep = new Upkeep(state, outbox, bootstrap, desk, disputes, withholding, takeovers, time);
  }

  /** When the allocator has something to do next. */
  long nextDeadlineNanos() {
    return Math.min(
        upkeep.nextTickNanos(), Math.min(desk.nextDeadlineNanos(), takeovers.nextDeadlineNanos()));
  }

  /** Does what is due, each as an event. */
  void onTime() {
    if (time.nanos() >= upkeep.nextTickNanos()) {
      scope.run(upkeep::tick);
    }
    if (time.nanos() >= desk.nextDeadlineNanos()) {
      scope.run(desk::endLate);
    }
    if (time.nanos() >= takeovers.nextDeadlineNanos()) {
      scope.run(takeovers::onTime);
    }
  }

  private PersistedState snapshot(boolean isClean) {
    return new PersistedState(
        config.self(),
        state.ring(),
        state.holdings().snapshot(),
        bootstrap.memory(),
        quarantine.snapshot(),
        voter.snapshot(),
        hold.isLearning(),
        isClean);
  }

  /** Puts back what was stored; answers whether that gave us a ring. */
  boolean restore(PersistedState stored) {
    if (!state.accepts(stored)) {
      return false;
    }
    voter.restore(stored.votes());
    if (stored.ring().isEmpty()) {
      LOG.log(Level.INFO, "No valid persisted data");
      state.restoreOutside(stored.owned());
      stored.paxos().ifPresent(bootstrap::resume);
      return false;
    }
    if (config.mode() instanceof BootstrapMode.Seed) {
      LOG.log(Level.INFO, "Found persisted IPAM data, ignoring supplied IPAM seed");
    }
    Ring ring = stored.ring();
    state.restore(ring, stored.owned());
    if (stored.isLearning()) {
      hold.expectLearning();
    } else if (!stored.isClean()) {
      hold.expectLosses();
    }
    quarantine.restore(stored.quarantine());
    bootstrap.leave();
    return true;
  }

  /** Makes what a vanished peer owned ours; answers how many unused addresses that has brought. */
  long take(PeerName victim) {
    long before = state.space().countUnused();
    List<AddressRange> ranges = state.ring().rangesOf(victim);
    state.setRing(state.ring().transfer(victim, config.self()));
    long gained = state.space().countUnused() - before;
    // First, since what waits is served with the new ring, and the victim may still be here.
    quarantine.suspect(victim, ranges, "taken over from it");
    adopt(state.ring());
    outbox.broadcast();
    return gained;
  }

  /** Makes the ring at once when the option says so; others may know more of it. */
  void seed() {
    bootstrap.seed();
    if (!state.ring().isEmpty()) {
      hold.seeded();
    }
  }

  private void tend() {
    upkeep.refresh();
  }

  /** Makes a ring of our own making ours. */
  private void adoptCreated(Ring ring) {
    hold.created();
    adopt(ring);
  }

  /** Makes another ring ours, ends the agreement on a first one, and tries what waits. */
  void adopt(Ring ring) {
    state.setRing(ring);
    bootstrap.leave();
    // Both look at everybody, which in a large mesh takes longer than all else about a ring.
    boolean areOthers = !ring.owners().equals(lookedFor);
    if (nicknames.takeGrown() || !ring.owners().containsAll(lookedFor)) {
      nicknames.prune(ring.owners(), mesh::isKnown);
    }
    if (areOthers) {
      lookedFor = ring.owners();
      sightings.look();
    }
    upkeep.onRing();
    takeovers.onRing();
  }

  IpamStatus status() {
    IpamStatus.Health health =
        new IpamStatus.Health(
            withholding.heldReason(),
            quarantine.view(nicknames),
            withholding.heldReason() == null ? state.space().countWithheld() : 0,
            disputes.view(),
            contradictions.count(),
            desk.whyWaiting(),
            StatusView.isExhausted(config, state, mesh));
    return StatusView.of(config, state, nicknames, bootstrap, desk, mesh, health);
  }
}
