package io.weft.router;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns topology, address allocation and forwarding decisions.
 *
 * <p>Other threads hand it events through one bounded queue. {@link #execute} never loses an event:
 * its caller waits while the queue is full. {@link #hint} drops instead, for the data plane. Before
 * each event the conductor sets the {@link EventTime}; after a batch of events it fires the timers
 * that are due and runs the hooks that publish snapshots. An event that throws is logged and
 * counted, and the next one runs.
 */
public final class Conductor implements Executor, AutoCloseable {
  /** Events that may wait; some thousand connections can each have a few. */
  static final int QUEUE_CAPACITY = 8_192;

  /**
   * Events handled before timers and hooks get their turn. One hook stores what the events have
   * changed, once for all of them; a hundred clients of address allocation share one write.
   */
  private static final int BATCH = 256;

  /** Nor do they wait longer for events that store what they change one by one. */
  private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A core whose timer failed is left alone this long, so that it cannot keep the thread busy. */
  private static final long FAILED_TIMER_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final System.Logger LOGGER = System.getLogger(Conductor.class.getName());

  private final EventTime time;
  private final Counters counters;
  private final ArrayBlockingQueue<Runnable> queue;
  private final ArrayDeque<Runnable> ownEvents = new ArrayDeque<>();
  private final List<TimedCore> timedCores = new CopyOnWriteArrayList<>();
  private final List<Runnable> batchHooks = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;

  /** A conductor for the cores that read {@code time}; it runs after {@link #start}. */
  public Conductor(EventTime time, Counters counters) {
    this(time, counters, QUEUE_CAPACITY);
  }

  Conductor(EventTime time, Counters counters, int capacity) {
    this.time = time;
    this.counters = counters;
    this.queue = new ArrayBlockingQueue<>(capacity);
    this.thread = new Thread(this::run, "conductor");
  }

  /** Adds a core whose timers are to be fired; before or after {@link #start}. */
  public void addTimed(Timed core) {
    timedCores.add(new TimedCore(core));
  }

  /** Adds what runs on the conductor after each batch of events. */
  public void afterBatch(Runnable hook) {
    batchHooks.add(hook);
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Whether the caller runs on the conductor thread. */
  public boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /**
   * Runs an event on the conductor, in the order of the calls. Waits while the queue is full; on
   * the conductor itself it returns at once and the event runs after the current one. Ignored after
   * {@link #close}.
   */
  @Override
  public void execute(Runnable event) {
    if (isCurrentThread()) {
      ownEvents.add(event);
    } else if (!stopping && !queue.offer(event)) {
      counters.increment(Counter.CONDUCTOR_QUEUE_FULL_WAITS);
      putWaiting(event);
    }
  }

  /** Runs an event on the conductor unless the queue is full; never waits. */
  public boolean hint(Runnable event) {
    boolean taken = queue.offer(event);
    if (!taken) {
      counters.increment(Counter.CONDUCTOR_HINTS_DROPPED);
    }
    return taken;
  }

  /**
   * Runs a call on the conductor and gives its result to the returned future. The future fails with
   * what the call threw; it is cancelled when the conductor stops first.
   */
  public <T> CompletableFuture<T> call(Callable<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable event =
        () -> {
          try {
            result.complete(call.call());
          } catch (Exception e) {
            result.completeExceptionally(e);
          }
        };
    if (stopping) {
      result.cancel(false);
    } else {
      execute(event);
    }
    return result;
  }

  /** Handles what is queued, then ends the thread and waits for it. */
  @Override
  public void close() {
    stopping = true;
    if (!queue.offer(() -> {})) {
      LOGGER.log(Level.DEBUG, "conductor is busy, it ends after what is queued");
    }
    if (!isCurrentThread() && thread.isAlive()) {
      awaitEnd();
    }
  }

  private void awaitEnd() {
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void putWaiting(Runnable event) {
    boolean interrupted = false;
    boolean queued = false;
    while (!queued && !stopping) {
      try {
        queued = queue.offer(event, 1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopping || !queue.isEmpty() || !ownEvents.isEmpty()) {
      Runnable first = awaitEvent();
      if (first != null) {
        runEvents(first);
      }
      runDueTimers();
      for (Runnable hook : batchHooks) {
        guarded(hook);
      }
    }
  }

  private void runEvents(Runnable first) {
    Runnable event = first;
    int handled = 0;
    advanceTime();
    long endNanos = time.nanos() + BATCH_NANOS;
    while (event != null) {
      guarded(event);
      handled++;
      advanceTime();
      boolean more = handled < BATCH && time.nanos() - endNanos < 0;
      event = more ? nextWithoutWaiting() : null;
    }
    counters.add(Counter.CONDUCTOR_EVENTS, handled);
  }

  private @Nullable Runnable nextWithoutWaiting() {
    Runnable own = ownEvents.poll();
    return own != null ? own : queue.poll();
  }

  private @Nullable Runnable awaitEvent() {
    Runnable ready = nextWithoutWaiting();
    if (ready != null || stopping) {
      return ready;
    }
    long deadline = Timed.NEVER;
    for (TimedCore timed : timedCores) {
      deadline = Math.min(deadline, timed.nextDeadlineNanos());
    }
    long waitNanos = deadline == Timed.NEVER ? Long.MAX_VALUE : deadline - System.nanoTime();
    try {
      return waitNanos <= 0 ? null : queue.poll(waitNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      LOGGER.log(Level.DEBUG, "conductor interrupted, going on");
      return null;
    }
  }

  private void runDueTimers() {
    advanceTime();
    for (TimedCore timed : timedCores) {
      long deadline = timed.nextDeadlineNanos();
      if (deadline != Timed.NEVER && deadline - time.nanos() <= 0) {
        boolean completed = guarded(timed.core::onTime);
        timed.notBeforeNanos = completed ? Long.MIN_VALUE : time.nanos() + FAILED_TIMER_PAUSE_NANOS;
      }
    }
  }

  private void advanceTime() {
    time.advanceTo(System.nanoTime(), System.currentTimeMillis());
  }

  /** Runs an event; whatever way it fails, the thread that owns the state survives. */
  private boolean guarded(Runnable event) {
    try {
      event.run();
      return true;
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      counters.increment(Counter.CONDUCTOR_EVENT_FAILURES);
      LOGGER.log(Level.ERROR, "event failed on the conductor", e);
      return false;
    }
  }

  /** A core and, after a timer of it failed, when it gets its next turn. */
  private static final class TimedCore {
    final Timed core;
    long notBeforeNanos = Long.MIN_VALUE;

    TimedCore(Timed core) {
      this.core = core;
    }

    long nextDeadlineNanos() {
      return Math.max(notBeforeNanos, core.nextDeadlineNanos());
    }
  }
}
