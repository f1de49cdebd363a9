package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * What the data lanes of one connection tell the conductor: seldom in good times, and never so much
 * that a flood of probes for one connection could fill the queue that all share.
 */
final class ConductorEvents {
  private final Predicate<Runnable> conductor;
  private final SleeveCounters counters;
  private final AtomicInteger pending = new AtomicInteger();

  /** {@code conductor} runs a task on the conductor thread, or returns false when it is full. */
  ConductorEvents(Predicate<Runnable> conductor, SleeveCounters counters) {
    this.conductor = conductor;
    this.counters = counters;
  }

  /**
   * Hands an event over from the thread that owns {@code lane}.
   *
   * @return false when it was dropped, and counted, because the queue is full
   */
  boolean offer(int lane, Runnable event) {
    if (pending.incrementAndGet() > SleeveProtocol.PENDING_EVENTS) {
      pending.decrementAndGet();
      counters.increment(lane, SleeveCounter.DROPPED_QUEUE_FULL);
      return false;
    }
    Runnable counted =
        () -> {
          pending.decrementAndGet();
          event.run();
        };
    boolean taken = conductor.test(counted);
    if (!taken) {
      pending.decrementAndGet();
      counters.increment(lane, SleeveCounter.DROPPED_QUEUE_FULL);
    }
    return taken;
  }
}
