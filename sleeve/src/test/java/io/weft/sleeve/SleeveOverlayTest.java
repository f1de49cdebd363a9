package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.linux.UdpSocket;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two overlays on loopback addresses, over real sockets. */
final class SleeveOverlayTest {
  private static final byte[] KEY = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
  private static final byte[] FRAME = Vectors.hex("icmp-frag-needed-in");

  private SleeveRouter a = new SleeveRouter(Vectors.A, address(1, 0));
  private SleeveRouter b = new SleeveRouter(Vectors.B, address(2, 0));

  @BeforeEach
  void start() throws Exception {
    startWith(1);
  }

  private void startWith(int workers) throws Exception {
    int port = freePort();
    a = new SleeveRouter(Vectors.A, address(1, port), workers, CipherLibrary.best());
    b = new SleeveRouter(Vectors.B, address(2, port), workers, CipherLibrary.best());
    a.start();
    b.start();
  }

  @AfterEach
  void stop() {
    a.close();
    b.close();
  }

  @Test
  void establishesAndExchangesFramesInTheClear() throws Exception {
    establish(null, null);
    long before = a.count(SleeveCounter.BYTES_SENT);
    exchange();
    assertTrue(a.count(SleeveCounter.BYTES_SENT) >= before + FRAME.length, "bytes of datagrams");
    assertEquals(new TreeMap<>(Map.of("mtu", 65_535)), a.forwarder().attributes());
    assertEquals("sleeve", a.forwarder().displayName());
  }

  @Test
  void establishesAndExchangesSealedFrames() throws Exception {
    establish(KEY, KEY);
    exchange();
    assertEquals(true, a.forwarder().attributes().get("encrypted"));
    assertEquals(0, b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC));
  }

  @Test
  void whatComesFromElsewhereIsOpenedByTheWorkerOfItsPeer() throws Exception {
    stop();
    startWith(4);
    assertTrue(b.overlay.workerOf(Vectors.A) > 0, "not the worker of the socket that all share");
    establish(KEY, KEY);
    exchange();
    b.received.clear();
    byte[] list = Vectors.bytes(Vectors.buffer("sleeve-plain-batch2"), 6, 128);
    for (int sequence = 1_000; sequence < 1_050; sequence++) {
      byte[] datagram = seal(KEY, list, sequence);
      strayTo(b, datagram, datagram.length);
      strayTo(b, datagram, datagram.length);
    }
    // What is counted in one vector may be delivered behind it.
    Await.until(
        "replays",
        a,
        b,
        () -> b.count(SleeveCounter.DROPPED_REPLAYED) == 50 && b.received.size() >= 100);
    assertEquals(100, b.received.size(), "each datagram once, of two frames");
    assertEquals(Set.of(Lanes.receive(b.overlay.workerOf(Vectors.A))), b.lanes);
  }

  @Test
  void carriesFramesOfEverySizeInOrder() throws Exception {
    establish(KEY, KEY);
    for (int length = 60; length < 65_000; length += 2_003) {
      byte[] frame = new byte[length];
      frame[0] = 1;
      frame[length - 1] = (byte) length;
      a.send(frame);
      Await.until("frame of " + length, a, b, () -> !b.received.isEmpty());
      SleeveRouter.Frame received = b.received.remove();
      assertArrayEquals(frame, received.bytes());
    }
  }

  @Test
  void sendsNothingBeforeConfirm() throws Exception {
    SleeveRouter.connect(a, b, null, null);
    a.send(FRAME);
    a.turn();
    b.forwarder().confirm();
    b.turn();
    assertEquals(0, a.count(SleeveCounter.DATAGRAMS_SENT));
    assertEquals(1, a.count(SleeveCounter.DROPPED_NO_REMOTE));
    assertEquals(0, b.count(SleeveCounter.DATAGRAMS_SENT), "the acceptor knows no address yet");
  }

  @Test
  void countsDatagramsOfUnknownSendersAndStubs() throws Exception {
    establish(null, null);
    long earlyHeartbeats = b.count(SleeveCounter.DROPPED_UNKNOWN_SENDER);
    strayTo(b, new byte[] {1, 2, 3}, 3);
    strayTo(b, Vectors.hex("sleeve-plain-batch2"), 134);
    strayTo(b, new byte[] {2, 2, 2, 2, 2, 2, 2, 2}, 8);
    strayTo(b, Vectors.hex("sleeve-plain-batch2"), 133);
    // What is counted in one vector may be delivered behind it.
    Await.until(
        "drops",
        a,
        b,
        () -> b.count(SleeveCounter.DROPPED_MALFORMED) == 1 && b.received.size() >= 3);
    assertEquals(1, b.count(SleeveCounter.DROPPED_TOO_SHORT));
    assertEquals(earlyHeartbeats + 1, b.count(SleeveCounter.DROPPED_UNKNOWN_SENDER));
    assertEquals(3, b.received.size(), "two frames, and the one before the break");
  }

  @Test
  void dropsReplayedTamperedAndRandomDatagramsOnAnEncryptedConnection() throws Exception {
    establish(KEY, KEY);
    byte[] list = Vectors.bytes(Vectors.buffer("sleeve-plain-batch2"), 6, 128);
    byte[] datagram = seal(KEY, list, 1_000);
    strayTo(b, datagram, datagram.length);
    Await.until("authentic", a, b, () -> b.received.size() == 2);
    strayTo(b, datagram, datagram.length);
    Await.until("replay", a, b, () -> b.count(SleeveCounter.DROPPED_REPLAYED) == 1);
    byte[] tampered = seal(KEY, list, 1_001);
    tampered[tampered.length - 1] ^= 1;
    strayTo(b, tampered, tampered.length);
    strayTo(b, datagram, 20);
    strayTo(b, datagram, 10);
    Await.until("tampered", a, b, () -> b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC) == 2);
    Await.until("short", a, b, () -> b.count(SleeveCounter.DROPPED_TOO_SHORT) == 1);
    assertEquals(2, b.received.size());

    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC);
    for (int i = 0; i < 500; i++) {
      byte[] garbage = new byte[random.nextInt(22, 1_400)];
      random.nextBytes(garbage);
      FrameList.putName(ByteBuffer.wrap(garbage), 0, Vectors.A);
      strayTo(b, garbage, garbage.length);
    }
    Await.until(
        "garbage, seed " + seed,
        a,
        b,
        () -> b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC) == before + 500);
    exchange();
  }

  @Test
  void neverTakesPlaintextOnAnEncryptedConnectionNorTheReverse() throws Exception {
    SleeveRouter.connect(a, b, null, KEY);
    a.forwarder().confirm();
    b.forwarder().confirm();
    Await.until("refusals", a, b, () -> b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC) >= 2);
    assertEquals(0, a.count(SleeveCounter.DATAGRAMS_RECEIVED), "no address was learnt from it");
    byte[] sealed = seal(KEY, Vectors.bytes(Vectors.buffer("sleeve-plain-batch2"), 6, 128), 7);
    FrameList.putName(ByteBuffer.wrap(sealed), 0, Vectors.B);
    strayTo(a, sealed, sealed.length);
    Await.until("refusal", a, b, () -> a.count(SleeveCounter.DROPPED_MALFORMED) == 1);
    assertTrue(a.received.isEmpty() && b.received.isEmpty());
    assertFalse(a.isEstablished() || b.isEstablished());
  }

  @Test
  void dropsSpecialFramesThatAreNotForThisConnection() throws Exception {
    establish(null, null);
    byte[] heartbeat = Vectors.hex("sleeve-plain-heartbeat");
    FrameList.putName(ByteBuffer.wrap(heartbeat), 6, Vectors.C);
    strayTo(b, heartbeat, heartbeat.length);
    FrameList.putName(ByteBuffer.wrap(heartbeat), 6, Vectors.A);
    FrameList.putName(ByteBuffer.wrap(heartbeat), 12, Vectors.C);
    strayTo(b, heartbeat, heartbeat.length);
    Await.until("drops", a, b, () -> b.count(SleeveCounter.DROPPED_FOREIGN_SPECIAL) == 2);
    assertTrue(b.received.isEmpty());
  }

  @Test
  void boundsTheEventsThatAFloodOfProbesCauses() throws Exception {
    establish(null, null);
    byte[] probe = Vectors.hex("sleeve-plain-pmtu-probe-1438");
    for (int i = 0; i < 200; i++) {
      strayTo(b, probe, probe.length);
    }
    // Nobody turns the conductor here, so the events of one connection reach their bound.
    Await.until("drops", () -> b.count(SleeveCounter.DROPPED_QUEUE_FULL) > 100);
    assertEquals(0, b.count(SleeveCounter.FRAMES_RECEIVED));
    exchange();
  }

  @Test
  void framesThatLieAboutTheirOffloadOrMeetAFaultAreDroppedAndCounted() throws Exception {
    establish(null, null);
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    long lie = Offload.checksum(FRAME.length - 1, 16);
    batch.add(ByteBuffer.wrap(FRAME), 0, FRAME.length, lie, 0, 0);
    assertTrue(a.forwarder().forward(Lanes.CAPTURE, batch, 0, Vectors.A, Vectors.B, false));
    assertEquals(1, a.count(SleeveCounter.DROPPED_BAD_OFFLOAD));
    b.faulty = true;
    a.send(FRAME);
    Await.until("a fault", a, b, () -> b.count(SleeveCounter.DROPPED_INTERNAL) == 1);
    b.faulty = false;
    exchange();
  }

  @Test
  void toleratesAPeerWhosePortIsClosed() throws Exception {
    establish(KEY, KEY);
    b.close();
    a.send(FRAME);
    Await.until(
        "ICMP error",
        () -> {
          a.turn();
          a.send(FRAME);
          return a.count(SleeveCounter.ICMP_ERRORS) > 0;
        });
    assertTrue(a.reports().isEmpty(), a.reports().toString());
  }

  @Test
  void refusesIpv6() throws Exception {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    InetSocketAddress v6 = new InetSocketAddress(InetAddress.getByAddress(loopback), 6783);
    RemoteFeatures features =
        new RemoteFeatures(new PeerName(Vectors.B), "b", 1, 2, null, false, null, Map.of());
    ForwarderParameters parameters =
        new ForwarderParameters(
            new PeerName(Vectors.A), new PeerName(Vectors.B), 1, null, true, v6, v6, features);
    assertThrows(OverlayException.class, () -> a.overlay.prepare(parameters, a));
  }

  @Test
  void endsItsThreadAndDropsFramesAfterClose() throws Exception {
    establish(null, null);
    a.overlay.close();
    a.overlay.close();
    a.send(FRAME);
    assertEquals(1, a.count(SleeveCounter.DROPPED_NO_REMOTE));
  }

  @Test
  void lanesSendAtTheSameTimeWithoutLosingOrRepeatingASequenceNumber() throws Exception {
    establish(KEY, KEY);
    int each = 500;
    Thread[] threads = new Thread[2];
    for (int lane = 0; lane < threads.length; lane++) {
      int own = lane;
      threads[lane] = new Thread(() -> burst(own, each));
      threads[lane].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    Await.until("all frames", a, b, () -> b.received.size() == 2 * each);
    Set<Integer> numbers =
        b.received.stream()
            .map(frame -> ByteBuffer.wrap(frame.bytes()).getInt(20))
            .collect(Collectors.toSet());
    assertEquals(IntStream.range(0, 2 * each).boxed().collect(Collectors.toSet()), numbers);
    assertEquals(0, b.count(SleeveCounter.DROPPED_REPLAYED));
  }

  @Test
  void forwardingAVectorAllocatesNothing() throws Exception {
    establish(KEY, KEY);
    FrameBatch batch = new FrameBatch(64, 256 * 1024);
    for (int i = 0; i < batch.capacity(); i++) {
      batch.add(FRAME, 0, FRAME.length, 0, 0);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int round = 0; round < 400; round++) {
      if (round == 200) {
        allocated = threads.getCurrentThreadAllocatedBytes();
      }
      for (int i = 0; i < batch.count(); i++) {
        a.forwarder().forward(Lanes.CAPTURE, batch, i, Vectors.A, Vectors.B, false);
      }
      a.forwarder().flush(Lanes.CAPTURE);
    }
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    // One object per frame would be 200 kB; the rest of the JVM may do a little.
    assertTrue(allocated <= 8_192, allocated + " bytes for 12800 frames");
  }

  private void burst(int lane, int frames) {
    FrameBatch batch = new FrameBatch(1, 65_535);
    for (int i = 0; i < frames; i++) {
      byte[] frame = new byte[60];
      frame[0] = 2;
      ByteBuffer.wrap(frame).putInt(20, lane * frames + i);
      batch.clear();
      batch.add(frame, 0, frame.length, 0, 0);
      int owned = lane == 0 ? Lanes.CAPTURE : Lanes.RECEIVE;
      a.forwarder().forward(owned, batch, 0, Vectors.A, Vectors.B, false);
      a.forwarder().flush(owned);
    }
  }

  private void establish(byte @Nullable [] keyOfA, byte @Nullable [] keyOfB) throws Exception {
    SleeveRouter.connect(a, b, keyOfA, keyOfB);
    a.forwarder().confirm();
    b.forwarder().confirm();
    Await.until("established", a, b, () -> a.isEstablished() && b.isEstablished());
  }

  private void exchange() {
    int before = b.received.size();
    a.send(FRAME);
    Await.until("frame from a", a, b, () -> b.received.size() == before + 1);
    b.send(FRAME);
    Await.until("frame from b", a, b, () -> !a.received.isEmpty());
    SleeveRouter.Frame atA = a.received.remove();
    assertArrayEquals(FRAME, atA.bytes());
    assertEquals(Vectors.B, atA.source());
    assertEquals(Vectors.A, atA.destination());
  }

  /** A datagram whose frame list is sealed as A would, on the stream without DF. */
  private static byte[] seal(byte[] key, byte[] list, long sequence) {
    ByteBuffer datagram = ByteBuffer.allocateDirect(30 + list.length);
    FrameList.putName(datagram, 0, Vectors.A);
    datagram.put(30, list);
    Ciphers.sealer(CipherLibrary.BOUNCY_CASTLE, key, true)
        .seal(datagram, 0, datagram.capacity(), sequence);
    return Vectors.bytes(datagram, 0, datagram.capacity());
  }

  private static void strayTo(SleeveRouter router, byte[] datagram, int length) throws Exception {
    ByteBuffer data = ByteBuffer.allocateDirect(datagram.length).put(0, datagram);
    try (UdpSocket socket = UdpSocket.open()) {
      Endpoint to = router.endpoint();
      socket.bind(Ipv4Address.parse("127.0.0.1"), 0);
      assertEquals(length, socket.sendTo(data, 0, length, to.ipv4(), to.port()));
    }
  }

  private static int freePort() throws Exception {
    try (UdpSocket socket = UdpSocket.open()) {
      socket.bind(Ipv4Address.ANY, 0);
      return socket.localPort();
    }
  }

  private static InetSocketAddress address(int last, int port) {
    try {
      byte[] octets = {127, 0, 0, (byte) last};
      return new InetSocketAddress(InetAddress.getByAddress(octets), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four octets are an address", e);
    }
  }
}
