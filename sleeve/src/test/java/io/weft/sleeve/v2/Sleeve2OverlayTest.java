package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two overlays on loopback addresses, over real sockets. */
final class Sleeve2OverlayTest {
  private static final long A = 0x7af45687763bL;
  private static final long B = 0xb29c11045ed0L;
  private static final long C = 0xce0102030405L;
  private static final byte[] KEY = Frames.bytes(32, 7);

  private Sleeve2Router a = new Sleeve2Router(A, address(1, 0), true, null);
  private Sleeve2Router b = new Sleeve2Router(B, address(2, 0), true, null);

  @BeforeEach
  void start() throws Exception {
    startWith(true);
  }

  @AfterEach
  void stop() {
    a.close();
    b.close();
  }

  @Test
  void establishesAndExchangesFramesInTheClear() throws Exception {
    establish(null);
    exchange(Frames.bytes(100, 2));
    assertFalse(a.forwarder().attributes().containsKey("encrypted"));
    assertEquals("sleeve2", a.forwarder().displayName());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void establishesAndExchangesSealedFramesWithEitherCipher(boolean aes) throws Exception {
    stop();
    startWith(aes);
    establish(KEY);
    exchange(Frames.bytes(1_400, 3));
    exchange(Frames.bytes(60, 4));
    assertEquals(true, b.forwarder().attributes().get("encrypted"));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC));
    assertEquals(1, b.count(Sleeve2Counter.KEYS_CHANGED));
  }

  @Test
  void doesNotEstablishWithoutTheSameSessionKey() throws Exception {
    Sleeve2Router.connect(a, b, KEY, Frames.bytes(32, 8));
    a.confirm();
    b.confirm();
    until("refusals", () -> b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC) > 2);
    assertFalse(a.isEstablished() || b.isEstablished());
    assertTrue(b.received.isEmpty());
  }

  @Test
  void carriesFramesOfEverySizeAndTheirOffload() throws Exception {
    establish(KEY);
    for (int length = 60; length < 65_400; length += 2_003) {
      byte[] frame = Frames.bytes(length, length);
      long offload = Offload.checksum(34, 16);
      assertTrue(a.send(frame, offload, A, B));
      until("frame of " + length, () -> !b.received.isEmpty());
      Sleeve2Router.Frame arrived = b.received.remove();
      assertArrayEquals(frame, arrived.bytes());
      assertEquals(offload, arrived.offload());
    }
    assertFalse(a.send(new byte[65_520]), "no aggregate holds it, another overlay may");
  }

  @Test
  void tellsAContainerWhichPacketsAreTooLong() throws Exception {
    establish(KEY);
    byte[] packet = Frames.bytes(65_535, 1);
    ByteBuffer.wrap(packet)
        .putShort(12, (short) 0x0800)
        .put(14, (byte) 0x45)
        .putShort(16, (short) 65_535)
        .putShort(20, (short) 0x4000);
    assertTrue(a.send(packet));
    Sleeve2Router.Frame answer = a.received.remove();
    assertEquals(B, answer.source());
    assertEquals(A, answer.destination());
    assertEquals(1, answer.bytes()[23], "ICMP");
    assertEquals(
        Sleeve2Protocol.LONGEST_PACKET_BYTES,
        ByteBuffer.wrap(answer.bytes()).getShort(40) & 0xffff);
  }

  @Test
  void namesPeersThatAreNotTheNeighbours() throws Exception {
    establish(KEY);
    byte[] frame = Frames.bytes(200, 5);
    assertTrue(a.send(frame, Offload.NONE, C, B));
    until("relayed frame", () -> !b.received.isEmpty());
    Sleeve2Router.Frame arrived = b.received.remove();
    assertEquals(C, arrived.source());
    assertEquals(B, arrived.destination());
  }

  @ParameterizedTest
  @CsvSource({"4,4", "4,1", "1,4", "3,2", "8,8"})
  void everyWorkersFramesArriveInOrderWhateverTheOtherEndHas(int here, int there) throws Exception {
    stop();
    startWith(true, here, there);
    establish(KEY);
    for (int round = 0; round < 3; round++) {
      int frames = 400;
      for (int i = 0; i < frames; i++) {
        byte[] frame = Frames.bytes(100, 1);
        ByteBuffer.wrap(frame).putInt(20, i % here).putInt(24, i / here);
        assertTrue(a.sendBy(i % here, frame));
      }
      until("all frames", () -> b.received.size() == frames);
      int[] next = new int[here];
      Set<Integer> lanes = new HashSet<>();
      for (Sleeve2Router.Frame frame : b.received) {
        int worker = ByteBuffer.wrap(frame.bytes()).getInt(20);
        assertEquals(next[worker]++, ByteBuffer.wrap(frame.bytes()).getInt(24));
        lanes.add(frame.lane());
      }
      assertEquals(Math.min(here, there), lanes.size(), "as many workers as can receive");
      b.received.clear();
      exchange(Frames.bytes(200, 1));
      long changes = b.count(Sleeve2Counter.KEYS_CHANGED);
      a.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      b.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      until("new keys", () -> b.count(Sleeve2Counter.KEYS_CHANGED) > changes);
    }
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_REPLAYED));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_WORKER_BUSY));
  }

  @Test
  void everySessionRefusesWhatItHasSeen() throws Exception {
    stop();
    startWith(true, 4, 4);
    establish(KEY);
    SendPath path = ((Sleeve2Forwarder) a.forwarder()).path();
    assertNotNull(path);
    for (int worker = 0; worker < 4; worker++) {
      ByteBuffer datagram = Frames.sealed(path.session().of(worker), Frames.bytes(200, 6));
      for (int i = 0; i < 10; i++) {
        stray(datagram);
      }
    }
    until("replays", () -> b.count(Sleeve2Counter.DROPPED_REPLAYED) == 36);
    until("what is delivered behind their vector", () -> b.received.size() >= 4);
    assertEquals(4, b.received.size());
    assertEquals(4, b.received.stream().map(Sleeve2Router.Frame::lane).distinct().count());
  }

  @Test
  void whatIsNoFrameOrLiesAboutItsOffloadOrIsUnknownIsDroppedAndCounted() throws Exception {
    establish(KEY);
    assertTrue(a.send(new byte[Sleeve2Protocol.ETHERNET_BYTES - 1]));
    until("too short", () -> b.count(Sleeve2Counter.DROPPED_BAD_FRAME) == 1);
    assertTrue(a.send(Frames.bytes(100, 1), Offload.checksum(90, 16), A, B));
    until("a lie", () -> b.count(Sleeve2Counter.DROPPED_BAD_OFFLOAD) == 1);
    stray(sealedByA(99));
    until("a new type", () -> b.count(Sleeve2Counter.RECORDS_IGNORED) == 1);
    assertTrue(b.received.isEmpty());
  }

  @Test
  void takesNoFrameBeforeThereAreKeysAndAnAddress() throws Exception {
    Sleeve2Router.connect(a, b, KEY, KEY);
    assertFalse(a.send(Frames.bytes(100, 1)));
    assertEquals(0, a.count(Sleeve2Counter.DATAGRAMS_SENT));
  }

  @Test
  void changesKeysWithoutLosingAFrame() throws Exception {
    establish(KEY);
    for (int round = 0; round < 5; round++) {
      a.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      b.skip(Sleeve2Protocol.REKEY_NANOS + 1);
      long goal = round + 2L;
      until(
          "new keys, with traffic both ways",
          () -> {
            a.send(Frames.bytes(500, 1));
            b.send(Frames.bytes(500, 1));
            return a.count(Sleeve2Counter.KEYS_CHANGED) == goal
                && b.count(Sleeve2Counter.KEYS_CHANGED) == goal;
          });
    }
    long sent = a.count(Sleeve2Counter.AGGREGATES_SENT);
    until("all", () -> b.count(Sleeve2Counter.AGGREGATES_RECEIVED) >= sent);
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_UNKNOWN_INDEX));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC));
  }

  @Test
  void isOnHoldWithoutAnswersAndBackWithTheFirst() throws Exception {
    establish(KEY);
    // Nobody turns the neighbour's conductor, so nothing is answered.
    a.skip(Sleeve2Protocol.SILENCE_NANOS + 1);
    a.turn();
    assertEquals("[healthy false]", a.reports().toString());
    until("answer", () -> a.reports().size() == 2);
    assertEquals("[healthy false, healthy true]", a.reports().toString());
  }

  @Test
  void dropsReplayedTamperedTruncatedAndForeignDatagrams() throws Exception {
    establish(KEY);
    ByteBuffer genuine = sealedByA(Sleeve2Protocol.RECORD_DATA);
    stray(genuine);
    until("original", () -> b.received.size() == 1);
    stray(genuine);
    until("replay", () -> b.count(Sleeve2Counter.DROPPED_REPLAYED) == 1);

    ByteBuffer another = sealedByA(Sleeve2Protocol.RECORD_DATA);
    for (int at : new int[] {6, 9, 18, another.capacity() - 1}) {
      stray(flipped(another, at));
    }
    until("flipped", () -> b.count(Sleeve2Counter.DROPPED_NOT_AUTHENTIC) == 4);
    stray(flipped(another, 4));
    until("foreign", () -> b.count(Sleeve2Counter.DROPPED_UNKNOWN_INDEX) == 1);
    stray(flipped(another, 15));
    stray(flipped(another, 17));
    stray(cut(another, another.capacity() - 1));
    until("contradictory", () -> b.count(Sleeve2Counter.DROPPED_MALFORMED) == 3);
    stray(cut(another, 10));
    until("short", () -> b.count(Sleeve2Counter.DROPPED_TOO_SHORT) == 1);

    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = b.count(Sleeve2Counter.DATAGRAMS_RECEIVED);
    for (int i = 0; i < 500; i++) {
      byte[] garbage = new byte[random.nextInt(18, 1_400)];
      random.nextBytes(garbage);
      another.get(0, garbage, 0, random.nextInt(6, 18));
      stray(ByteBuffer.allocateDirect(garbage.length).put(0, garbage));
    }
    until(
        "garbage, seed " + seed, () -> b.count(Sleeve2Counter.DATAGRAMS_RECEIVED) >= before + 500);
    assertEquals(1, b.received.size(), "seed " + seed);
    stray(another);
    until("the genuine one all the same", () -> b.received.size() == 2);
    b.received.clear();
    exchange(Frames.bytes(300, 9));
  }

  @Test
  void refusesIpv6AndPeersWithoutTheFeature() throws Exception {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    InetSocketAddress v6 = new InetSocketAddress(InetAddress.getByAddress(loopback), 6783);
    Map<String, String> announced = Map.of(Sleeve2Feature.KEY, "v=1;aead=aes256gcm");
    assertThrows(OverlayException.class, () -> prepare(v6, announced));
    assertThrows(OverlayException.class, () -> prepare(b.address(), Map.of()));
    assertThrows(
        OverlayException.class,
        () -> prepare(b.address(), Map.of(Sleeve2Feature.KEY, "v=2;aead=aes256gcm")));
    prepare(b.address(), announced).stop();
  }

  @Test
  void ignoresControlMessagesThatMakeNoSense() throws Exception {
    establish(KEY);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = b.count(Sleeve2Counter.CONTROL_IGNORED);
    for (int i = 0; i < 300; i++) {
      byte[] body = new byte[random.nextInt(3) == 0 ? 7 + 1216 : random.nextInt(1300)];
      random.nextBytes(body);
      b.forwarder().onControl(random.nextInt(6), body);
    }
    assertEquals(before + 300, b.count(Sleeve2Counter.CONTROL_IGNORED), "seed " + seed);
    exchange(Frames.bytes(300, 9));
  }

  private Forwarder prepare(InetSocketAddress remote, Map<String, String> announced)
      throws OverlayException {
    RemoteFeatures features =
        new RemoteFeatures(new PeerName(B), "b", 1, 2, null, false, "sleeve2", announced);
    return a.overlay.prepare(
        new ForwarderParameters(
            new PeerName(A), new PeerName(B), 1, null, true, a.address(), remote, features),
        a);
  }

  private void startWith(boolean aes) throws Exception {
    startWith(aes, 1, 1);
  }

  private void startWith(boolean aes, int workersOfA, int workersOfB) throws Exception {
    int port = freePort();
    a = new Sleeve2Router(A, address(1, port), aes, workersOfA, null);
    b = new Sleeve2Router(B, address(2, port), aes, workersOfB, null);
    a.start();
    b.start();
  }

  private void establish(byte @Nullable [] key) throws Exception {
    Sleeve2Router.connect(a, b, key, key);
    a.confirm();
    b.confirm();
    until("established", () -> a.isEstablished() && b.isEstablished());
  }

  private void exchange(byte[] frame) {
    assertTrue(a.send(frame));
    until("frame from a", () -> !b.received.isEmpty());
    assertArrayEquals(frame, b.received.remove().bytes());
    assertTrue(b.send(frame));
    until("frame from b", () -> !a.received.isEmpty());
    Sleeve2Router.Frame arrived = a.received.remove();
    assertArrayEquals(frame, arrived.bytes());
    assertEquals(B, arrived.source());
    assertEquals(A, arrived.destination());
  }

  private void until(String what, BooleanSupplier condition) {
    Await.until(
        what,
        () -> {
          a.turn();
          b.turn();
          return condition.getAsBoolean();
        });
  }

  private static ByteBuffer flipped(ByteBuffer datagram, int at) {
    return cut(datagram, datagram.capacity()).put(at, (byte) (datagram.get(at) ^ 1));
  }

  private static ByteBuffer cut(ByteBuffer datagram, int length) {
    return ByteBuffer.allocateDirect(length).put(0, datagram, 0, length);
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

  /** Sends to b from an address of nobody's. */
  private void stray(ByteBuffer datagram) throws Exception {
    try (UdpSocket socket = UdpSocket.open()) {
      socket.bind(Ipv4Address.parse("127.0.0.1"), 0);
      int ipv4 = ByteBuffer.wrap(b.address().getAddress().getAddress()).getInt();
      int length = datagram.capacity();
      assertEquals(length, socket.sendTo(datagram, 0, length, ipv4, b.address().getPort()));
    }
  }

  /** A datagram with one record that a has sealed and not sent. */
  private ByteBuffer sealedByA(int type) {
    SendPath path = ((Sleeve2Forwarder) a.forwarder()).path();
    assertNotNull(path);
    return Frames.sealed(path.session(), type, Frames.bytes(200, 6));
  }
}
