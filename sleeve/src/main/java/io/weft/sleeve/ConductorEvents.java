package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * What the data lanes of one connection tell the conductor: seldom in good times, and never so much
 * that a flood of probes for one connection could fill the queue that all share.
 */
public final class ConductorEvents {
  private final Predicate<Runnable> conductor;
  private final IntConsumer onDropped;
  private final AtomicInteger pending = new AtomicInteger();

  /**
   * Nothing waits yet.
   *
   * @param conductor runs a task on the conductor thread, or returns false when it is full
   * @param onDropped counts an event that was dropped, on the thread that owns the lane it is given
   */
  public ConductorEvents(Predicate<Runnable> conductor, IntConsumer onDropped) {
    this.conductor = conductor;
    this.onDropped = onDropped;
  }

  /**
   * Hands an event over from the thread that owns {@code lane}.
   *
   * @return false when it was dropped, and counted, because the queue is full
   */
  public boolean offer(int lane, Runnable event) {
    if (pending.incrementAndGet() > SleeveProtocol.PENDING_EVENTS) {
      pending.decrementAndGet();
      onDropped.accept(lane);
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
      onDropped.accept(lane);
    }
    return taken;
  }
}
