package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PollerTest {
  private static final Ipv4Address LOOPBACK = Ipv4Address.parse("127.0.0.1");

  @Test
  void anotherThreadWakesTheWaitingOne() throws Exception {
    try (Poller poller = Poller.open(1)) {
      CompletableFuture<Integer> waiter = CompletableFuture.supplyAsync(() -> poller.await(-1));
      poller.wakeUp();
      assertEquals(0, waiter.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void wakeUpsBeforeTheWaitCountOnce() throws Exception {
    try (Poller poller = Poller.open(1)) {
      poller.wakeUp();
      poller.wakeUp();
      assertEquals(0, poller.await(-1));
      assertEquals(0, poller.await(0));
    }
  }

  @Test
  void reportsOnlyReadableSocketsAndForgetsRemovedOnes() throws Exception {
    try (Poller poller = Poller.open(2);
        UdpSocket first = UdpSocket.open();
        UdpSocket second = UdpSocket.open()) {
      first.bind(LOOPBACK, 0);
      second.bind(LOOPBACK, 0);
      poller.add(first, 10);
      poller.add(second, 20);
      assertEquals(0, poller.await(0));
      ByteBuffer data = ByteBuffer.allocateDirect(4);
      assertEquals(4, first.sendTo(data, 0, 4, LOOPBACK.value(), second.localPort()));
      assertEquals(1, poller.await(10_000));
      assertEquals(20, poller.readyToken(0));
      poller.remove(second);
      assertEquals(0, poller.await(0));
    }
  }
}
