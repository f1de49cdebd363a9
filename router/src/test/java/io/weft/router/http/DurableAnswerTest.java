package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.router.metrics.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** No answer tells of anything that a crash could undo (ipam.md 10, persist before send). */
final class DurableAnswerTest {
  private static final List<String> REQUESTS =
      List.of(
          "POST /ip/c1",
          "GET /ip/c1",
          "GET /ip",
          "PUT /ip/c1/10.32.0.1/24",
          "DELETE /ip/c1/10.32.0.9",
          "DELETE /ip/c2");

  @Test
  void everyAnswerWaitsForTheDisk() throws Exception {
    List<HttpTestClient> clients = new ArrayList<>();
    try (ApiBench bench = ApiBench.startHolding()) {
      for (String request : REQUESTS) {
        long before = bench.counters.get(Counter.HTTP_REQUESTS);
        HttpTestClient client = new HttpTestClient(bench.address());
        clients.add(client);
        client.send(request, "");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (bench.counters.get(Counter.HTTP_REQUESTS) == before) {
          assertTrue(System.nanoTime() - deadline < 0, "waited in vain");
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
      }
      assertEquals(1, bench.addressesHeld());
      settle(bench);
      for (int i = 0; i < clients.size(); i++) {
        assertFalse(clients.get(i).hasAnswer(), REQUESTS.get(i));
      }
      bench.store();
      List<String> answers = new ArrayList<>();
      for (HttpTestClient client : clients) {
        answers.add(HttpTestClient.brief(client.readAll()));
      }
      assertEquals(
          List.of(
              "200 10.32.0.1/24",
              "200 10.32.0.1/24",
              "200 {\"owned\":[{\"containerid\":\"c1\",\"addrs\":[\"10.32.0.1/24\"]}]}\n",
              "204 ",
              "400 Unable to free: Free: address 10.32.0.9 not found for c1\n",
              "400 Delete: no addresses for c2\n"),
          answers);
    } finally {
      for (HttpTestClient client : clients) {
        client.close();
      }
    }
  }

  /** Everything that was handed to the thread of the clients before has been done. */
  private static void settle(ApiBench bench) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    bench.onConductor(() -> bench.onHttpThread(done::countDown));
    assertTrue(done.await(30, TimeUnit.SECONDS));
  }
}
