package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.channel.GossipException;

/**
 * Runs one event at a time: what it changed is stored, then made the state that peers get, and only
 * then do its messages leave. Conductor thread only.
 */
final class EventScope {
  private enum Phase {
    NEW,
    RUNNING,
    /** Left for good, or stopped in order. */
    GONE,
    /** The state could not be stored. */
    HALTED
  }

  /** Takes a copy of everything that must not be forgotten. */
  @FunctionalInterface
  interface Snapshot {
    PersistedState take(boolean isClean);
  }

  private final LocalState state;
  private final Outbox outbox;
  private final Bootstrap bootstrap;
  private final Nicknames nicknames;
  private final Snapshot snapshot;
  private final EventTime time;
  private final StateSink sink;
  private final Runnable upkeep;
  private final Sightings sightings;
  private Phase phase = Phase.NEW;
  private boolean isInEvent;
  private boolean isFinishDue;

  /**
   * A scope without events yet.
   *
   * @param snapshot what is to be stored
   * @param upkeep run before and after each event, as part of it
   * @param sightings knows whether we are cut off from most owners of the ring
   */
  EventScope(
      LocalState state,
      Outbox outbox,
      Bootstrap bootstrap,
      Snapshot snapshot,
      Nicknames nicknames,
      EventTime time,
      StateSink sink,
      Runnable upkeep,
      Sightings sightings) {
    this.state = state;
    this.outbox = outbox;
    this.bootstrap = bootstrap;
    this.snapshot = snapshot;
    this.nicknames = nicknames;
    this.time = time;
    this.sink = sink;
    this.upkeep = upkeep;
    this.sightings = sightings;
  }

  /** Lets events run from now on. */
  void open() {
    if (phase != Phase.NEW) {
      throw new IllegalStateException("started twice");
    }
    phase = Phase.RUNNING;
  }

  boolean isRunning() {
    return phase == Phase.RUNNING;
  }

  boolean isHalted() {
    return phase == Phase.HALTED;
  }

  /** Runs an event; nothing happens unless running. An event within another is part of it. */
  void run(Runnable event) {
    if (phase != Phase.RUNNING) {
      return;
    }
    if (isInEvent) {
      event.run();
      return;
    }
    perform(event);
    finish();
  }

  /** The same for an event of this host, which may be stored together with others. */
  void runGrouped(Runnable event) {
    if (phase != Phase.RUNNING || isInEvent) {
      run(event);
      return;
    }
    perform(event);
    isFinishDue = isFinishDue || sink.postpone(this::finishPostponed);
    if (!isFinishDue) {
      finish();
    }
  }

  /** Runs a reply when everything that happened before is stored. */
  void afterStoring(Runnable reply) {
    outbox.reply(reply);
    if (!isFinishDue && !isInEvent) {
      outbox.flush();
    }
  }

  private void finishPostponed() {
    if (isFinishDue && phase == Phase.RUNNING) {
      finish();
    }
  }

  private void perform(Runnable event) {
    isInEvent = true;
    try {
      upkeep.run();
      event.run();
      upkeep.run();
    } finally {
      isInEvent = false;
    }
  }

  private void finish() {
    isFinishDue = false;
    if (outbox.takeLeft()) {
      state.ringHasLeft();
    }
    state.reportFree(sightings::isCutOff);
    boolean isChanged = state.takeChanged();
    if (isChanged) {
      store(false);
    }
    if (nicknames.takeChanged() || isChanged) {
      publish();
    }
    outbox.flush();
  }

  /** Handling a message from a peer. */
  interface Reception {
    void run() throws GossipException;
  }

  /** Handles a message; what a refused one changed before its refusal is stored all the same. */
  void receive(Reception reception) throws GossipException {
    GossipException[] refusal = new GossipException[1];
    run(() -> {
      try {
        reception.run();
      } catch (GossipException e) {
        refusal[0] = e;
      }
    });
    if (refusal[0] != null) {
      throw refusal[0];
    }
  }

  /** Runs no event after this one. */
  void leaveAfterThisEvent() {
    phase = Phase.GONE;
  }

  /** Runs no more events, and marks what is stored as complete. */
  void close() {
    if (phase == Phase.RUNNING || phase == Phase.GONE) {
      phase = Phase.GONE;
      store(true);
    }
  }

  private void store(boolean isClean) {
    try {
      sink.persist(snapshot.take(isClean));
    } catch (RuntimeException e) {
      phase = Phase.HALTED;
      outbox.discard();
      throw e;
    }
  }

  private void publish() {
    boolean hasRing = !state.ring().isEmpty();
    outbox.publish(
        new GossipState(
            time.unixSeconds(),
            nicknames.snapshot(),
            hasRing ? null : bootstrap.gossip(),
            hasRing ? state.ring() : null));
  }
}
