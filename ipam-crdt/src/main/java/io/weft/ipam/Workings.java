package io.weft.ipam;

import io.weft.gossip.EventTime;
import java.util.random.RandomGenerator;

/** The parts of an allocator and how they hang together. Conductor thread only. */
final class Workings {
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
  private final IpamConfig config;
  private final MeshView mesh;
  private final ContradictionLog contradictions;

  Workings(
      IpamConfig config, EventTime time, RandomGenerator random, MeshView mesh, StateSink sink) {
    this.config = config;
    this.mesh = mesh;
    state = new LocalState(config.self(), config.universe().range());
    nicknames = new Nicknames(config.self(), config.nickname());
    bootstrap = new Bootstrap(config, mesh, state, outbox, this::adoptCreated);
    hold = new StartHold(state, mesh, time);
    quarantine = new Quarantine(state, mesh, time);
    withholding = new Withholding(state, hold, quarantine);
    disputes = new DisputeDesk(state, outbox, nicknames, time);
    contradictions = new ContradictionLog(time, nicknames);
    scope =
        new EventScope(state, outbox, bootstrap, quarantine, nicknames, time, sink, this::refresh);
    desk = new RequestDesk(scope, state, outbox, nicknames, bootstrap, mesh, time, random);
    Reconciliation rings =
        new Reconciliation(state, outbox, nicknames, hold, quarantine, contradictions, this::adopt);
    messages =
        new PeerMessages(
            mesh, state, outbox, nicknames, bootstrap, desk, disputes, quarantine, hold, rings);
    succession = new Succession(config.self(), state, nicknames, mesh);
    upkeep =
        new Upkeep(state, outbox, bootstrap, desk, disputes, hold, quarantine, withholding, time);
  }

  private void refresh() {
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
    nicknames.prune(ring.owners(), mesh::isKnown);
    upkeep.onRing();
  }

  IpamStatus status() {
    IpamStatus.Health health =
        new IpamStatus.Health(
            withholding.heldReason(),
            quarantine.view(nicknames),
            withholding.heldReason() == null ? state.space().countWithheld() : 0,
            disputes.view(),
            contradictions.count());
    return StatusView.of(config, state, nicknames, bootstrap, desk, mesh, health);
  }
}
