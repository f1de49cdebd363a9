package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.router.metrics.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that wait: here for the consent of peers that never come. */
final class LongPollTest {
  private ApiBench bench;

  @BeforeEach
  void start() throws Exception {
    bench = ApiBench.start(3);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void aClientThatGoesAwayCancelsItsRequestAndNoAddressIsKept() throws Exception {
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.send("POST /ip/c1", "");
      await(() -> bench.pending() == 1);
    }
    await(() -> bench.pending() == 0);
    await(() -> bench.counters.get(Counter.HTTP_REQUESTS_CANCELLED) == 1);
    assertEquals("200 {\"owned\":null}\n", brief("GET /ip"));
  }

  @Test
  void aClaimIsCancelledLikewise() throws Exception {
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.send("PUT /ip/c1/10.32.0.9/24", "");
      await(() -> bench.pending() == 1);
    }
    await(() -> bench.pending() == 0);
  }

  @Test
  void whatOneOfTwoClientsHasGotIsNotTakenBackWithTheOther() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    try (HttpTestClient leaving = new HttpTestClient(bench.address());
        HttpTestClient staying = new HttpTestClient(bench.address())) {
      leaving.send("POST /ip/c1", "");
      await(() -> bench.pending() == 1);
      staying.send("POST /ip/c1", "");
      await(() -> bench.pending() == 2);
      bench.onConductor(() -> {
        awaitLatch(left);
        bench.receiveRing();
      });
      leaving.abort();
      await(() -> bench.counters.get(Counter.HTTP_REQUESTS_CANCELLED) == 1);
      left.countDown();
      assertEquals("200 10.32.0.1/24", HttpTestClient.brief(staying.readAll()));
    }
    assertEquals("200 10.32.0.1/24", brief("GET /ip/c1"));
  }

  @Test
  void aClientThatLeavesBetweenTheAnswerAndItsWritingKeepsNoAddress() throws Exception {
    bench.onConductor(bench::receiveRing);
    for (String request : List.of("POST /ip/c1", "PUT /ip/c2/10.32.0.9/24")) {
      long before = bench.counters.get(Counter.HTTP_REQUESTS);
      CountDownLatch isReceived = new CountDownLatch(1);
      CountDownLatch isAborted = new CountDownLatch(1);
      bench.onConductor(() -> awaitLatch(isReceived));
      try (HttpTestClient client = new HttpTestClient(bench.address())) {
        client.send(request, "");
        await(() -> bench.counters.get(Counter.HTTP_REQUESTS) == before + 1);
        bench.onHttpThread(() -> awaitLatch(isAborted));
        client.abort();
      }
      isReceived.countDown();
      await(() -> bench.addressesHeld() == 1);
      isAborted.countDown();
      await(() -> bench.addressesHeld() == 0);
    }
    assertEquals("200 {\"owned\":null}\n", brief("GET /ip"));
  }

  @Test
  void aWaitWithALimitEndsWithTheReason() throws Exception {
    String reason = " after 1s: awaiting consensus (quorum: 2, known: 1)\n";
    assertEquals("503 no free address in 10.32.0.0/24" + reason, brief("POST /ip/c1?timeout=1"));
    assertEquals(
        "503 cannot claim 10.32.0.9/24" + reason, brief("PUT /ip/c1/10.32.0.9/24?timeout=1s"));
    assertEquals("503 no address space" + reason, brief("GET /ring?timeout=1000ms"));
    assertEquals(
        "503 no free address in 10.32.0.0/25" + reason,
        HttpTestClient.brief(
            HttpTestClient.post(bench.address(), "/ip/c1/10.32.0.0/25", "timeout=1")));
    assertEquals(0, bench.pending());
  }

  @Test
  void requestsThatWaitHoldNoThread() throws Exception {
    List<HttpTestClient> clients = new ArrayList<>();
    int threads = Thread.activeCount();
    for (int i = 0; i < 100; i++) {
      HttpTestClient client = new HttpTestClient(bench.address());
      client.send("POST /ip/c" + i, "");
      clients.add(client);
    }
    await(() -> bench.pending() == 100);
    Assertions.assertTrue(Thread.activeCount() <= threads + 2, "threads were started");
    assertEquals("200 10.32.0.0/24", brief("GET /ipinfo/defaultsubnet"));
    for (HttpTestClient client : clients) {
      client.close();
    }
    await(() -> bench.pending() == 0);
  }

  @Test
  void waitingClientsAreToldWhenTheRouterLeaves() throws Exception {
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.send("POST /ip/c1", "");
      await(() -> bench.pending() == 1);
      assertEquals("204 ", brief("DELETE /peer"));
      assertEquals("200 cancelled", HttpTestClient.brief(client.readAll()));
    }
  }

  private String brief(String requestLine) throws Exception {
    return HttpTestClient.brief(HttpTestClient.exchange(bench.address(), requestLine));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      Assertions.assertTrue(latch.await(30, TimeUnit.SECONDS), "waited in vain");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      Assertions.assertTrue(System.nanoTime() - deadline < 0, "waited in vain");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }
}
