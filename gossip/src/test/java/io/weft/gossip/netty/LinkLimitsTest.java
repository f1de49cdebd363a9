package io.weft.gossip.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.wire.AddressText;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What links may cost, with limits small enough to be reached at once. */
class LinkLimitsTest {
  private static final PeerName NAME = PeerName.parse("02:00:00:00:00:01");
  private static final long SOON_NANOS = 200_000_000L;

  /** Long enough for a look at what holds meanwhile. */
  private static final long LATER_NANOS = 10 * SOON_NANOS;

  private static final long NEVER_NANOS = Long.MAX_VALUE;

  /** More than the kernel takes for a peer that reads nothing, over several messages. */
  private static final int MESSAGE_BYTES = 2_000_000;

  private static final int MESSAGES = 12;

  @Test
  void aPeerThatNeverReadsIsGivenUp() throws IOException {
    try (Node dialler = Node.with(limits(NEVER_NANOS, Long.MAX_VALUE, NEVER_NANOS, SOON_NANOS));
        Node acceptor = new Node(null)) {
      long out = dial(dialler, acceptor);
      Handshaken handshaken = dialler.handshaken(out);
      assertNotNull(handshaken);
      sendMuch(dialler, out);
      Node.await("end", () -> dialler.closed(out) != null);
      String link = AddressText.of(handshaken.local()) + "->" + AddressText.of(acceptor.address);
      assertEquals("write tcp " + link + ": i/o timeout", dialler.closed(out));
      assertEquals(1, cutoffs(dialler, Cutoff.WRITE_TIMEOUT));
    }
  }

  @Test
  void aPeerThatNeverReadsDoesNotKeepOthersWaiting() throws IOException {
    long total = 1 << 20;
    try (Node dialler = Node.with(limits(NEVER_NANOS, total, LATER_NANOS, NEVER_NANOS));
        Node deaf = new Node(null);
        Node good = new Node(null)) {
      long toDeaf = dial(dialler, deaf);
      long toGood = dial(dialler, good);
      good.transport.startReading(good.links().getFirst());
      sendMuch(dialler, toDeaf);
      assertFalse(dialler.transport.isWritable(toGood), "all together have too much to write");
      assertTrue(dialler.transport.takesControl(toGood), "control does not wait for other links");
      assertFalse(dialler.transport.takesControl(toDeaf));
      dialler.transport.send(toGood, new MeshMessage.Heartbeat());
      Node.await("heartbeat", () -> good.messageCount(good.links().getFirst()) == 1);
      Node.await("end", () -> dialler.closed(toDeaf) != null);
      assertEquals("peer takes messages too slowly", dialler.closed(toDeaf));
      assertEquals(1, cutoffs(dialler, Cutoff.BACKLOG));
      Node.await("writable", () -> dialler.writableCount() > 0);
      assertTrue(dialler.transport.isWritable(toGood));
      assertNull(dialler.closed(toGood));
    }
  }

  @Test
  void halfAMessageDoesNotHoldRoomForEver() throws IOException {
    try (Node acceptor = Node.with(limits(SOON_NANOS, Long.MAX_VALUE, NEVER_NANOS, NEVER_NANOS));
        RawPeer slow = new RawPeer(acceptor.address);
        Node dialler = new Node(null)) {
      long fromSlow = takeRoom(acceptor, slow);
      long out = dial(dialler, acceptor);
      long in = readNewest(acceptor);
      MeshMessage large = new MeshMessage.Gossip("c", NAME, new byte[MESSAGE_BYTES]);
      for (int i = 0; i < 3; i++) {
        dialler.transport.send(out, large);
      }
      Node.await("messages", () -> acceptor.messageCount(in) == 3);
      assertEquals("peer takes too long over a message", acceptor.closed(fromSlow));
      assertEquals(1, cutoffs(acceptor, Cutoff.SLOW_MESSAGE));
    }
  }

  @Test
  void whoWaitsForRoomTooLongIsGivenUp() throws IOException {
    LinkLimits impatient =
        limits(NEVER_NANOS, SOON_NANOS, Long.MAX_VALUE, NEVER_NANOS, NEVER_NANOS);
    try (Node acceptor = Node.with(impatient);
        RawPeer slow = new RawPeer(acceptor.address);
        Node dialler = new Node(null)) {
      long fromSlow = takeRoom(acceptor, slow);
      long out = dial(dialler, acceptor);
      long in = readNewest(acceptor);
      dialler.transport.send(out, new MeshMessage.Gossip("c", NAME, new byte[MESSAGE_BYTES]));
      Node.await("end", () -> acceptor.closed(in) != null);
      assertEquals("no memory for a message of the peer", acceptor.closed(in));
      assertEquals(1, cutoffs(acceptor, Cutoff.STARVED));
      assertNull(acceptor.closed(fromSlow), "who has room keeps it");
    }
  }

  @Test
  void smallMessagesPassWhileAllRoomIsTaken() throws IOException {
    try (Node acceptor = Node.with(limits(NEVER_NANOS, Long.MAX_VALUE, NEVER_NANOS, NEVER_NANOS));
        RawPeer slow = new RawPeer(acceptor.address);
        Node dialler = new Node(null)) {
      takeRoom(acceptor, slow);
      long out = dial(dialler, acceptor);
      long in = readNewest(acceptor);
      for (int i = 0; i < 100; i++) {
        dialler.transport.send(out, new MeshMessage.Gossip("c", NAME, new byte[10_000]));
      }
      Node.await("messages", () -> acceptor.messageCount(in) == 100);
    }
  }

  @Test
  void routersConnectOverIpv6() throws IOException {
    byte[] one = new byte[16];
    one[15] = 1;
    InetAddress loopback = InetAddress.getByAddress(one);
    try (Node dialler = Node.on(loopback);
        Node acceptor = Node.on(loopback)) {
      long out = dial(dialler, acceptor);
      Handshaken handshaken = dialler.handshaken(out);
      assertNotNull(handshaken);
      assertTrue(handshaken.remote().getAddress() instanceof Inet6Address);
      assertEquals("[::1]:" + acceptor.address.getPort(), AddressText.of(handshaken.remote()));
      long in = readNewest(acceptor);
      dialler.transport.send(out, new MeshMessage.Heartbeat());
      Node.await("message", () -> acceptor.messageCount(in) == 1);
    }
  }

  @Test
  void dialsFromTheAddressItIsBoundTo() throws IOException {
    InetAddress second = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    try (Node dialler = Node.on(second);
        Node acceptor = Node.on(InetAddress.getLoopbackAddress())) {
      Handshaken dialled = dialler.handshaken(dial(dialler, acceptor));
      Handshaken accepted = acceptor.handshaken(acceptor.links().getFirst());
      assertNotNull(dialled);
      assertNotNull(accepted);
      assertEquals(second, dialled.local().getAddress());
      assertEquals(second, accepted.remote().getAddress());
    }
  }

  private static LinkLimits limits(
      long messageNanos, long outboundTotal, long stallNanos, long writeTimeoutNanos) {
    long roomNanos = LinkLimits.DEFAULT.roomNanos();
    return limits(messageNanos, roomNanos, outboundTotal, stallNanos, writeTimeoutNanos);
  }

  private static LinkLimits limits(
      long messageNanos,
      long roomNanos,
      long outboundTotal,
      long stallNanos,
      long writeTimeoutNanos) {
    LinkLimits usual = LinkLimits.DEFAULT;
    return new LinkLimits(
        usual.largeMessage(),
        3 * MESSAGE_BYTES / 2,
        messageNanos,
        usual.stayNanos(),
        roomNanos,
        usual.inboundHigh(),
        usual.inboundLow(),
        usual.outboundHigh(),
        usual.outboundLow(),
        usual.outboundMax(),
        outboundTotal,
        stallNanos,
        writeTimeoutNanos);
  }

  /** Shakes hands; neither end reads on. */
  private static long dial(Node dialler, Node acceptor) {
    int before = acceptor.links().size();
    long out = dialler.dial(acceptor.address);
    Node.await("accepted handshake", () -> acceptor.links().size() == before + 1);
    Node.await("dialled handshake", () -> dialler.handshaken(out) != null);
    return out;
  }

  /** Reads what arrives by the latest link. */
  private static long readNewest(Node node) {
    long link = node.links().getLast();
    node.transport.startReading(link);
    return link;
  }

  /** Has the first peer of a node send half a message, which takes most of the room there is. */
  private static long takeRoom(Node node, RawPeer slow) throws IOException {
    Node.await("handshake", () -> node.links().size() == 1);
    long link = readNewest(node);
    long before = node.transport.counters().bytesIn();
    slow.write(ByteBuffer.allocate(500_000).putInt(MESSAGE_BYTES).array());
    Node.await("half", () -> node.transport.counters().bytesIn() >= before + 500_000);
    return link;
  }

  private static void sendMuch(Node node, long link) {
    for (int i = 0; i < MESSAGES; i++) {
      node.transport.send(link, new MeshMessage.Gossip("c", NAME, new byte[MESSAGE_BYTES]));
    }
  }

  private static long cutoffs(Node node, Cutoff cutoff) {
    return node.transport.counters().cutoffs().getOrDefault(cutoff, 0L);
  }
}
