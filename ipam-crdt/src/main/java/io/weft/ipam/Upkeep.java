package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;

/**
 * What is looked after with every event and what only now and then (ipam.md 6.1). Conductor thread
 * only.
 */
final class Upkeep {
  private final LocalState state;
  private final Outbox outbox;
  private final Bootstrap bootstrap;
  private final RequestDesk desk;
  private final DisputeDesk disputes;
  private final Withholding withholding;
  private final Takeovers takeovers;
  private final EventTime time;
  private long nextTickNanos;

  Upkeep(
      LocalState state,
      Outbox outbox,
      Bootstrap bootstrap,
      RequestDesk desk,
      DisputeDesk disputes,
      Withholding withholding,
      Takeovers takeovers,
      EventTime time) {
    this.state = state;
    this.outbox = outbox;
    this.bootstrap = bootstrap;
    this.desk = desk;
    this.disputes = disputes;
    this.withholding = withholding;
    this.takeovers = takeovers;
    this.time = time;
  }

  /** The allocator starts: the first tick comes later. */
  void begin() {
    nextTickNanos = time.nanos() + IpamProtocol.TICK_NANOS;
  }

  long nextTickNanos() {
    return nextTickNanos;
  }

  /** Before and after each event: what is withheld follows time, topology and ring. */
  void refresh() {
    if (withholding.refresh()) {
      desk.retryAll();
    }
    for (PeerName owner : withholding.toAskAtOnce()) {
      outbox.askForRing(owner);
    }
  }

  /** The ring is another one: what waits may go on. */
  void onRing() {
    withholding.refresh();
    disputes.pass();
    desk.retryAll();
  }

  /** Every five seconds. */
  void tick() {
    nextTickNanos = time.nanos() + IpamProtocol.TICK_NANOS;
    withholding.look();
    takeovers.tick();
    if (bootstrap.isAwaiting()) {
      bootstrap.onTick();
    } else if (!desk.isIdle()) {
      if (state.ring().isEmpty()) {
        bootstrap.establishRing();
      } else {
        desk.retryAll();
        desk.endHopeless();
      }
    }
    disputes.pass();
    withholding.toAskNow().forEach(outbox::askForRing);
    state
        .holdings()
        .deadFor(IpamProtocol.DEAD_CONTAINER_NANOS, time.nanos())
        .forEach(state::release);
  }
}
