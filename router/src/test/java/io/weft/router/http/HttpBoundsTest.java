package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.router.metrics.Counter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one address takes of its clients, and that what it does not take is counted. */
class HttpBoundsTest {
  private ApiBench bench;

  @BeforeEach
  void start() throws Exception {
    // Two peers are to agree on a ring and one is not there: whoever asks for an address waits.
    bench = ApiBench.start(2);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void connectionsBeyondTheBoundAreClosedAndCounted() throws Exception {
    List<HttpTestClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < HttpProtocol.MAX_CONNECTIONS; i++) {
        clients.add(new HttpTestClient(bench.statusAddress()));
      }
      try (HttpTestClient tooMany = new HttpTestClient(bench.statusAddress())) {
        assertEquals("", tooMany.readAll());
      }
      assertEquals(1, bench.counters.get(Counter.HTTP_CONNECTIONS_REFUSED));
      clients.getFirst().send("GET /status", "");
      assertTrue(clients.getFirst().readAll().startsWith("HTTP/1.1 200"), "those before go on");
    } finally {
      for (HttpTestClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void requestsSentAheadBeyondTheBoundEndTheConnectionAndAreCounted() throws Exception {
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      // The first is being handled and the last is too many.
      client.sendRaw(
          "POST /ip/c HTTP/1.1\r\nHost: x\r\n\r\n".repeat(HttpProtocol.MAX_PIPELINED + 2));
      assertEquals("", client.readAll());
    }
    assertEquals(1, bench.counters.get(Counter.HTTP_BAD_REQUESTS));
  }

  @Test
  void aRequestLineThatIsTooLongIsRefusedAndCounted() throws Exception {
    String line = "GET /" + "x".repeat(HttpProtocol.MAX_LINE_BYTES);
    String answer = HttpTestClient.exchange(bench.address(), line);
    assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
    assertEquals(1, bench.counters.get(Counter.HTTP_BAD_REQUESTS));
  }
}
