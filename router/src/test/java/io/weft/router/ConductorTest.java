package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ConductorTest {
  private final EventTime time = new EventTime(System.nanoTime(), 0);
  private final Counters counters = new Counters();
  private final Conductor conductor = new Conductor(time, counters, 4);
  private final List<Integer> seen = new ArrayList<>();

  @AfterEach
  void stop() {
    conductor.close();
  }

  @Test
  void handlesEventsInOrderAndMakesSendersWaitInsteadOfLosingAny() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    conductor.start();
    conductor.execute(() -> await(gate));
    Thread sender =
        Thread.ofPlatform()
            .start(
                () -> IntStream.range(0, 100).forEach(i -> conductor.execute(() -> seen.add(i))));
    while (counters.get(Counter.CONDUCTOR_QUEUE_FULL_WAITS) == 0) {
      Thread.onSpinWait();
    }
    gate.countDown();
    sender.join();
    assertEquals(IntStream.range(0, 100).boxed().toList(), onConductor(() -> List.copyOf(seen)));
  }

  @Test
  void dropsHintsWhenTheQueueIsFull() {
    for (int i = 0; i < 4; i++) {
      assertTrue(conductor.hint(() -> {}));
    }
    assertFalse(conductor.hint(() -> {}));
    assertEquals(1, counters.get(Counter.CONDUCTOR_HINTS_DROPPED));
    conductor.start();
  }

  @Test
  void survivesEventsThatFail() throws Exception {
    conductor.start();
    conductor.execute(() -> {
      throw new IllegalStateException("expected by the test");
    });
    assertEquals("alive", onConductor(() -> "alive"));
    assertEquals(1, counters.get(Counter.CONDUCTOR_EVENT_FAILURES));
  }

  @Test
  void givesTheCallerWhatItsCallThrew() {
    conductor.start();
    ExecutionException failed =
        assertThrows(
            ExecutionException.class,
            () ->
                onConductor(() -> {
                  throw new java.io.IOException("no");
                }));
    assertEquals("java.io.IOException: no", String.valueOf(failed.getCause()));
  }

  @Test
  void runsItsOwnEventsAfterTheCurrentOneHoweverManyThereAre() throws Exception {
    conductor.start();
    onConductor(() -> {
      for (int i = 0; i < 50; i++) {
        int value = i;
        conductor.execute(() -> seen.add(value));
      }
      return seen.add(-1);
    });
    List<Integer> expected = new ArrayList<>(List.of(-1));
    IntStream.range(0, 50).forEach(expected::add);
    assertEquals(expected, onConductor(() -> List.copyOf(seen)));
  }

  @Test
  void setsTheTimeAndFiresTimersThatAreDue() throws Exception {
    CountDownLatch fired = new CountDownLatch(3);
    long start = System.nanoTime();
    conductor.addTimed(new Ticker(start, fired));
    conductor.start();
    assertTrue(fired.await(30, TimeUnit.SECONDS));
    assertTrue(onConductor(time::nanos) - start >= TimeUnit.MILLISECONDS.toNanos(3));
    assertTrue(onConductor(time::unixMillis) > 0);
  }

  @Test
  void aTimerThatFailsDoesNotKeepTheThreadBusy() throws Exception {
    conductor.addTimed(
        new Timed() {
          @Override
          public long nextDeadlineNanos() {
            return time.nanos() - 1;
          }

          @Override
          public void onTime() {
            throw new IllegalStateException("expected by the test");
          }
        });
    conductor.start();
    assertEquals("alive", onConductor(() -> "alive"));
    assertEquals("alive", onConductor(() -> "alive"));
    assertTrue(counters.get(Counter.CONDUCTOR_EVENT_FAILURES) < 10);
  }

  @Test
  void runsHooksAfterEventsAndHandlesWhatIsQueuedBeforeItEnds() {
    conductor.afterBatch(() -> seen.add(0));
    conductor.execute(() -> seen.add(1));
    conductor.start();
    conductor.close();
    assertEquals(List.of(1, 0), seen.subList(0, 2));
    conductor.execute(() -> seen.add(2));
    assertFalse(seen.contains(2));
    assertTrue(conductor.call(() -> 1).isCancelled());
  }

  private <T> T onConductor(java.util.concurrent.Callable<T> call) throws Exception {
    return conductor.call(call).get(30, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Due every millisecond. */
  private final class Ticker implements Timed {
    private final CountDownLatch fired;
    private long nextNanos;

    Ticker(long start, CountDownLatch fired) {
      this.fired = fired;
      nextNanos = start + TimeUnit.MILLISECONDS.toNanos(1);
    }

    @Override
    public long nextDeadlineNanos() {
      return nextNanos;
    }

    @Override
    public void onTime() {
      if (nextNanos - time.nanos() <= 0) {
        fired.countDown();
        nextNanos += TimeUnit.MILLISECONDS.toNanos(1);
      }
    }
  }
}
