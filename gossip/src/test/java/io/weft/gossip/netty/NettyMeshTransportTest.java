package io.weft.gossip.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.wire.AddressText;
import io.weft.gossip.wire.CloseCause;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NettyMeshTransportTest {
  private static final long SEED = 0x5eed_6783L;
  private static final PeerName NAME = PeerName.parse("02:00:00:00:00:01");

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "a password")
  void twoNodesShakeHandsAndTalk(@Nullable String password) throws IOException {
    try (Node dialler = new Node(password);
        Node acceptor = new Node(password)) {
      long out = connect(dialler, acceptor);
      long in = acceptor.links().getFirst();
      Handshaken result = dialler.handshaken(out);
      assertNotNull(result);
      assertEquals(password == null, result.sessionKey() == null);
      assertEquals(acceptor.address, result.remote());
      for (int i = 0; i < 100; i++) {
        dialler.transport.send(out, new MeshMessage.Gossip("c", NAME, new byte[i * 100]));
        acceptor.transport.send(in, new MeshMessage.OverlayControl(0, i, new byte[0]));
      }
      Node.await("messages", () -> acceptor.messageCount(in) == 100);
      Node.await("messages back", () -> dialler.messageCount(out) == 100);
      for (int i = 0; i < 100; i++) {
        MeshMessage.Gossip gossip = (MeshMessage.Gossip) acceptor.messages(in).get(i);
        assertEquals(i * 100, gossip.payload().length);
      }
      dialler.transport.close(out, "enough");
      Node.await("close", () -> dialler.closed(out) != null && acceptor.closed(in) != null);
      assertEquals("enough", dialler.closed(out));
      String reset =
          "read tcp %s->%s: read: connection reset by peer"
              .formatted(AddressText.of(acceptor.address), AddressText.of(result.local()));
      assertEquals(reset, acceptor.closed(in));
      Node.await("no links", () -> acceptor.transport.counters().links() == 0);
      assertTrue(acceptor.transport.counters().bytesIn() > 100 * 99 * 50);
      assertEquals(1, acceptor.transport.counters().handshakes());
    }
  }

  @Test
  void deliversNothingBeforeReadingStarts() throws IOException {
    try (Node dialler = new Node(null);
        Node acceptor = new Node(null)) {
      long out = dialler.dial(acceptor.address);
      Node.await("handshake", () -> acceptor.links().size() == 1);
      Node.await("handshake", () -> dialler.handshaken(out) != null);
      long in = acceptor.links().getFirst();
      dialler.transport.send(out, new MeshMessage.Heartbeat());
      long bytes = dialler.transport.counters().bytesOut();
      Node.await("write", () -> dialler.transport.counters().bytesOut() >= bytes);
      assertEquals(0, acceptor.messageCount(in));
      acceptor.transport.startReading(in);
      Node.await("message", () -> acceptor.messageCount(in) == 1);
    }
  }

  @Test
  void differentPasswordsFail() throws IOException {
    try (Node dialler = new Node("one");
        Node acceptor = new Node("two")) {
      long out = dialler.dial(acceptor.address);
      Node.await("failure", () -> dialler.closed(out) != null);
      // Whoever decrypts first resets the connection under the other.
      String reason = String.valueOf(dialler.closed(out));
      assertTrue(reason.equals("Unable to decrypt TCP msg") || reason.contains("reset"), reason);
      Node.await("count", () -> failures(acceptor) == 1);
      assertEquals(0, acceptor.links().size());
    }
  }

  @Test
  void aPasswordOnOneSideFails() throws IOException {
    try (Node with = new Node("password");
        Node without = new Node(null)) {
      long out = with.dial(without.address);
      Node.await("failure", () -> with.closed(out) != null);
      long back = without.dial(with.address);
      Node.await("failure", () -> without.closed(back) != null);
      Node.await("counts", () -> failures(with) == 2 && failures(without) == 2);
      long mismatches = count(with, CloseCause.ENCRYPTION) + count(without, CloseCause.ENCRYPTION);
      assertTrue(mismatches >= 2, "mismatches: " + mismatches);
    }
  }

  @Test
  void saysWhyItCouldNotConnect() throws IOException {
    try (Node node = new Node(null)) {
      // Below the ports that the kernel chooses, of which our own socket might get this one.
      InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
      long refused = node.dial(nobody);
      Node.await("refusal", () -> node.closed(refused) != null);
      assertEquals(
          "dial tcp " + AddressText.of(nobody) + ": connect: connection refused",
          node.closed(refused));
      long unknown = node.dial(InetSocketAddress.createUnresolved("host.invalid", 6783));
      Node.await("refusal", () -> node.closed(unknown) != null);
      assertEquals("dial tcp host.invalid:6783: no such host", node.closed(unknown));
      assertEquals(2, node.transport.counters().dialFailures());
      assertFalse(node.transport.isWritable(refused));
    }
  }

  @Test
  void refusesAPortInUse() throws IOException {
    try (Node first = new Node(null)) {
      NettyMeshTransport second =
          new NettyMeshTransport(
              new MeshTransportParameters(
                  first.address.getAddress(),
                  first.address.getPort(),
                  new MeshConnectionParameters(1, 2, null, remote -> Map.of()),
                  AcceptLimits.DEFAULT),
              first.conductor,
              new SecureRandom());
      assertThrows(IOException.class, () -> second.start(first));
      second.close();
    }
  }

  @Test
  void stopsReadingWhileTheConductorIsBusy() throws IOException {
    try (Node dialler = new Node(null);
        Node acceptor = new Node(null)) {
      long out = connect(dialler, acceptor);
      long in = acceptor.links().getFirst();
      CountDownLatch latch = new CountDownLatch(1);
      acceptor.block(latch);
      int sent = 0;
      while (dialler.transport.isWritable(out)) {
        dialler.transport.send(out, new MeshMessage.Gossip("c", NAME, new byte[60_000]));
        sent++;
        if (sent > 10_000) {
          throw new AssertionError("no back pressure");
        }
        if (sent % 4 == 0) {
          awaitDrained(dialler, out);
        }
      }
      int all = sent;
      latch.countDown();
      Node.await("everything", () -> acceptor.messageCount(in) == all);
      Node.await("writable again", () -> dialler.writableCount() > 0);
      assertTrue(dialler.transport.isWritable(out));
      assertNull(dialler.closed(out));
    }
  }

  @Test
  void endsALinkThatFallsTooFarBehind() throws IOException {
    try (Node dialler = new Node(null);
        Node acceptor = new Node(null)) {
      long out = connect(dialler, acceptor);
      CountDownLatch latch = new CountDownLatch(1);
      acceptor.block(latch);
      for (int i = 0; i < 30; i++) {
        dialler.transport.send(out, new MeshMessage.Gossip("c", NAME, new byte[2_000_000]));
      }
      Node.await("end", () -> dialler.closed(out) != null);
      assertEquals("peer takes messages too slowly", dialler.closed(out));
      latch.countDown();
    }
  }

  @Test
  void strangersDoNotDisturbAGoodLink() throws IOException {
    try (Node dialler = new Node("password");
        Node acceptor = new Node("password", new AcceptLimits(32, 16, 128, 40, 20))) {
      long out = connect(dialler, acceptor);
      long in = acceptor.links().getFirst();
      SplittableRandom random = new SplittableRandom(SEED);
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        // They come from many addresses of the loopback network.
        Socket socket = new Socket();
        byte[] source = {127, 0, 1, (byte) (1 + i % 100)};
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(source), 0));
        try {
          socket.connect(acceptor.address);
          byte[] garbage = new byte[random.nextInt(64)];
          random.nextBytes(garbage);
          socket.getOutputStream().write(garbage);
        } catch (IOException e) {
          assertNotNull(e.getMessage(), "a reset while writing is expected: " + SEED);
        }
        sockets.add(socket);
        if (i % 50 == 0) {
          int expected = acceptor.messageCount(in) + 1;
          dialler.transport.send(out, new MeshMessage.Heartbeat());
          Node.await("heartbeat", () -> acceptor.messageCount(in) == expected);
        }
      }
      Node.await("all are seen", () -> acceptor.transport.counters().accepted() >= 2_001);
      Node.await("older ones have made way", () -> acceptor.transport.counters().links() <= 33);
      for (Socket socket : sockets) {
        socket.close();
      }
      Node.await("they are gone", () -> acceptor.transport.counters().links() == 1);
      MeshTransportCounters counters = acceptor.transport.counters();
      long refusedEarly =
          refusals(acceptor) - counters.refused().getOrDefault(Refusal.HANDSHAKES, 0L);
      assertEquals(2_000, refusedEarly + failures(acceptor));
      assertTrue(count(acceptor, CloseCause.HEADER) > 0);
      assertNull(acceptor.closed(in));
      assertNull(dialler.closed(out));
      long again = connect(dialler, acceptor);
      assertNull(dialler.closed(again));
    }
  }

  @Test
  void closesEverythingWhenItIsClosed() throws IOException {
    Node dialler = new Node(null);
    Node acceptor = new Node(null);
    long out = connect(dialler, acceptor);
    acceptor.transport.close();
    Node.await("end", () -> dialler.closed(out) != null);
    assertEquals(0, acceptor.transport.counters().links());
    acceptor.transport.send(1, new MeshMessage.Heartbeat());
    acceptor.close();
    dialler.close();
  }

  private static long connect(Node dialler, Node acceptor) {
    int before = acceptor.links().size();
    long out = dialler.dial(acceptor.address);
    Node.await("accepted handshake", () -> acceptor.links().size() == before + 1);
    Node.await("dialled handshake", () -> dialler.handshaken(out) != null);
    acceptor.transport.startReading(acceptor.links().getLast());
    dialler.transport.startReading(out);
    return out;
  }

  /** Waits until what was sent is written, or the peer takes no more. */
  private static void awaitDrained(Node node, long link) {
    long before = -1;
    long now = node.transport.counters().bytesOut();
    while (now != before && node.transport.isWritable(link)) {
      before = now;
      LockSupport.parkNanos(5_000_000);
      now = node.transport.counters().bytesOut();
    }
  }

  private static long refusals(Node node) {
    return node.transport.counters().refused().values().stream().mapToLong(Long::longValue).sum();
  }

  private static long failures(Node node) {
    return node.transport.counters().handshakeFailures().values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private static long count(Node node, CloseCause cause) {
    return node.transport.counters().handshakeFailures().getOrDefault(cause, 0L);
  }
}
