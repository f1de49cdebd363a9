package io.weft.cni.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

final class ContainerLocksTest {
  private final ContainerLocks locks = new ContainerLocks();

  @Test
  void callsForOneContainerWaitAndThoseForAnyOtherDoNot() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<Integer> waiting =
          threads.submit(() ->
              locks.alone(
                  "a",
                  () -> {
                    entered.countDown();
                    awaitEnd(end);
                    return 1;
                  }));
      entered.await();
      // More containers than any number of shared locks would keep apart.
      for (int i = 0; i < 1_000; i++) {
        String other = "b" + i;
        assertEquals(other, locks.alone(other, () -> other));
      }
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      FutureTask<Boolean> same =
          new FutureTask<>(() -> locks.alone("a", () -> order.add("second")));
      Thread second = new Thread(same);
      second.start();
      while (second.getState() != Thread.State.WAITING) {
        assertFalse(same.isDone(), "it came in beside the first");
        Thread.onSpinWait();
      }
      order.add("first is to end");
      end.countDown();
      assertEquals(1, waiting.get());
      assertTrue(same.get());
      assertEquals(List.of("first is to end", "second"), order);
    }
    assertEquals(0, locks.size(), "nothing is remembered of calls that have ended");
  }

  private static void awaitEnd(CountDownLatch end) throws IOException {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Test
  void aFailureLetsTheNextOneIn() throws IOException {
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                locks.alone(
                    "a",
                    () -> {
                      throw new IOException("it failed");
                    }));
    assertEquals("it failed", failure.getMessage());
    assertTrue(locks.alone("a", () -> true));
    assertEquals(0, locks.size());
  }
}
