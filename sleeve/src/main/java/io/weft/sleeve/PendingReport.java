package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What lanes would tell the conductor with every datagram until it has acted: once is enough. Any
 * lane.
 */
public final class PendingReport {
  private final ConductorEvents conductor;
  private final AtomicBoolean pending = new AtomicBoolean();

  /** Nothing to report yet. */
  public PendingReport(ConductorEvents conductor) {
    this.conductor = conductor;
  }

  /** Has the conductor run {@code event}, unless one is on its way to it. */
  public void offer(int lane, Runnable event) {
    if (!pending.compareAndSet(false, true)) {
      return;
    }
    Runnable taken =
        () -> {
          pending.set(false);
          event.run();
        };
    if (!conductor.offer(lane, taken)) {
      pending.set(false);
    }
  }
}
