package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What lanes would tell the conductor with every datagram until it has acted: once is enough. Any
 * lane.
 */
public final class PendingReport {
  private final ConductorEvents conductor;
  private final Runnable taken;
  private final AtomicBoolean pending = new AtomicBoolean();

  /**
   * Nothing to report yet.
   *
   * @param event what the conductor runs for a report
   */
  public PendingReport(ConductorEvents conductor, Runnable event) {
    this.conductor = conductor;
    taken =
        () -> {
          pending.set(false);
          event.run();
        };
  }

  /** Has the conductor run the event, unless one is on its way to it. Allocates nothing else. */
  public void offer(int lane) {
    if (pending.compareAndSet(false, true) && !conductor.offer(lane, taken)) {
      pending.set(false);
    }
  }
}
