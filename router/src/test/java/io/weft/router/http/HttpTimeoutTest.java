package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a client may take, on a clock that the test moves. */
class HttpTimeoutTest {
  private static final long HALF_NANOS = HttpProtocol.CLIENT_TIMEOUT_NANOS / 2;

  private final Counters counters = new Counters();
  private final List<Exchange> held = new ArrayList<>();
  private EmbeddedChannel client;

  @BeforeEach
  void connect() {
    RouteTable routes = new RouteTable();
    routes.add(
        "GET",
        "/now",
        (request, variables, exchange) -> exchange.respond(ApiResponse.text("here")));
    routes.add("GET", "/later", (request, variables, exchange) -> held.add(exchange));
    client =
        new EmbeddedChannel(
            new HttpListener.ClientInitializer(
                new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true), routes, counters));
    client.freezeTime();
  }

  @AfterEach
  void close() {
    client.finishAndReleaseAll();
  }

  private void send(String text) {
    client.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void pass(long nanos) {
    client.advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
    client.runPendingTasks();
  }

  private long timedOut() {
    return counters.get(Counter.HTTP_CONNECTIONS_TIMED_OUT);
  }

  @Test
  void aClientThatSaysNothingIsClosedAndCounted() {
    pass(HALF_NANOS);
    assertTrue(client.isOpen());
    assertEquals(0, timedOut());
    pass(2 * HALF_NANOS);
    assertFalse(client.isOpen());
    assertEquals(1, timedOut());
  }

  @Test
  void halfARequestWinsNoTime() {
    pass(HALF_NANOS);
    send("GET /now HTTP/1.1\r\nHost: x\r\n");
    pass(HALF_NANOS + HALF_NANOS / 2);
    assertFalse(client.isOpen());
    assertEquals(1, timedOut());
  }

  @Test
  void aClientThatWaitsForItsAnswerIsNotHurried() {
    send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    pass(100 * HALF_NANOS);
    assertTrue(client.isOpen());
    held.getFirst().respond(ApiResponse.text("at last"));
    client.runPendingTasks();
    assertFalse(client.outboundMessages().isEmpty());
    assertEquals(0, timedOut());
  }

  @Test
  void afterAnAnswerTheTimeForTheNextRequestBegins() {
    pass(HALF_NANOS);
    send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    pass(HALF_NANOS + HALF_NANOS / 2);
    assertTrue(client.isOpen());
    assertEquals(0, timedOut());
    pass(HALF_NANOS);
    assertFalse(client.isOpen());
    assertEquals(1, timedOut());
  }
}
