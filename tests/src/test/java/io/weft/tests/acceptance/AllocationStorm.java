package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that allocate from one host at the same time, until its router is killed. */
final class AllocationStorm {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int CLIENTS = 4;

  private final Control control;
  private final AtomicInteger number;
  private final CountDownLatch answersWanted;
  private final Map<String, String> answered = new ConcurrentHashMap<>();
  private final Set<String> unanswered = ConcurrentHashMap.newKeySet();

  private AllocationStorm(Control control, int firstNumber, int answers) {
    this.control = control;
    this.number = new AtomicInteger(firstNumber);
    this.answersWanted = new CountDownLatch(answers);
  }

  /**
   * What the clients saw.
   *
   * @param answered addresses by the identifier that asked
   * @param unanswered identifiers of which nobody can know whether they got an address; at least
   *     one, as each client goes on until it gets no answer
   * @param next the first number that no identifier has
   */
  record Outcome(Map<String, String> answered, Set<String> unanswered, int next) {}

  /**
   * Kills the router of a host once it has answered so often; the clients have further requests
   * under way at that moment and do not wait for each other.
   */
  static Outcome endedByCrash(Host host, int firstNumber, int answers) throws Exception {
    ProcessHandle router = host.router();
    AllocationStorm storm = new AllocationStorm(host.control(), firstNumber, answers);
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> ends = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        ends.add(clients.submit(storm::allocateUntilNobodyAnswers));
      }
      boolean reached = storm.answersWanted.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
      router.destroyForcibly();
      router.onExit().join();
      for (Future<?> end : ends) {
        end.get();
      }
      assertTrue(reached, () -> "answers within %s: %s".formatted(LIMIT, storm.answered));
    }
    return new Outcome(
        new TreeMap<>(storm.answered), new TreeSet<>(storm.unanswered), storm.number.get());
  }

  private void allocateUntilNobodyAnswers() {
    while (true) {
      String ident = "container" + number.getAndIncrement();
      try {
        answered.put(ident, control.post("/ip/" + ident).orFail());
        answersWanted.countDown();
      } catch (IOException e) {
        unanswered.add(ident);
        return;
      }
    }
  }
}
