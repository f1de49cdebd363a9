package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.TestRoutes;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.linux.RequiresRoot;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VXLAN in user space toward neighbours that are sockets, so that every byte is seen. */
@RequiresRoot
final class UserVxlanOverlayTest {
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final PeerName C = PeerName.parse("ce:01:02:03:04:05");
  private static final Map<Integer, PeerName> PEERS = Map.of(0xa01, A, 0xb02, B, 0x0c3, C);
  private static final long UID = 0x1e2c3e485e6c7e80L;
  private static final int MESH_PORT = KernelGround.PORT - 1;

  /** A TCP segment whose checksum is left to the device. */
  private static final String UNFINISHED =
      "5a00000000025a000000000108004500002e00014000400626870a2000010a2000029c4013890000"
          + "00010000000150100fff1463000077656674210a";

  private final KernelGround ground = new KernelGround();
  private final EventTime time = new EventTime(7_000, 0);
  private final BlockingQueue<Runnable> conductor = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final List<String> events = new ArrayList<>();
  private volatile boolean faulty;
  private final UserVxlanOverlay overlay =
      new UserVxlanOverlay(
          Ipv4Address.ANY,
          MESH_PORT,
          KernelGround.MTU,
          true,
          mtu -> events.add("mtu " + mtu),
          EspSupport.unused(),
          null,
          time,
          conductor::offer,
          () -> {});

  @BeforeEach
  void start() throws Exception {
    ground.host().perform(() -> overlay.start(new Sink(), events::add));
    overlay.sync(new TreeMap<>(PEERS), Routes.alone(A), Map.of());
  }

  @AfterEach
  void close() throws Exception {
    overlay.end();
    overlay.close();
    ground.close();
    assertEquals(List.of(), events.stream().filter(event -> event.contains("ended")).toList());
  }

  @Test
  void aHeartbeatIsTheVectors() throws Exception {
    connect(A, B, null, KernelGround.FIRST);
    assertEquals(vector("vxlan-heartbeat-1376"), KernelGround.receive(ground.first()));
  }

  @Test
  void itGivesWayToSleeve2TowardARouterThatCarriesAsWellAndToNobodyElse() {
    Map<String, String> ours = new TreeMap<>();
    overlay.addFeatures(ours);
    assertTrue(overlay.givesWay("sleeve2", features(B, ours)), "both ends say the same: " + ours);
    assertFalse(overlay.givesWay("sleeve", features(B, ours)));
    assertFalse(overlay.givesWay("sleeve2", features(B, Map.of())), "Weave Net");
    Map<String, String> kernel = Map.of("Fastdp", "v=1;heartbeat=1000;mtu=auto");
    assertFalse(overlay.givesWay("sleeve2", features(B, kernel)));
  }

  @Test
  void aFrameOfOursAndOneThatIsRelayedAreTheVectors() throws Exception {
    Forwarder toB = connect(A, B, null, KernelGround.FIRST);
    KernelGround.receive(ground.first());
    assertTrue(forward(toB, frame(), A, B));
    assertEquals(vector("vxlan-arp-A-to-B"), next());
    Forwarder toC = connect(A, C, null, KernelGround.FIRST);
    KernelGround.receive(ground.first());
    assertTrue(forward(toC, frame(), A, C));
    assertEquals(vector("vxlan-arp-relay-A-via-B-to-C"), next());
  }

  @Test
  void whereLongerHeartbeatsAreAnsweredTheBridgeMayBeAsWide() throws Exception {
    overlay.sync(new TreeMap<>(PEERS), TestRoutes.full(A, B), Map.of());
    Map<String, String> wide = Map.of("Fastdp", "v=1;heartbeat=1000;mtu=auto");
    Forwarder toB = connect(features(B, wide), A, null, KernelGround.FIRST);
    int around = FastdpProtocol.VXLAN_BYTES + FastdpProtocol.ETHERNET_BYTES;
    assertEquals(2 * (KernelGround.MTU + around), KernelGround.receive(ground.first()).length());
    assertEquals(2 * (1_450 + around), KernelGround.receive(ground.first()).length());
    assertFalse(forward(toB, new byte[1_464], A, B), "nothing has shown that it passes");
    byte[] answer = new byte[FastdpProtocol.HEARD_BYTES];
    ByteBuffer.wrap(answer).putShort((short) 1_464).putLong(time.nanos());
    toB.onControl(FastdpProtocol.CONTROL_HEARD, answer);
    assertEquals(List.of("mtu 1450"), events);
    assertTrue(forward(toB, new byte[1_464], A, B));
    assertFalse(forward(toB, new byte[1_465], A, B));
  }

  @Test
  void aFrameOfANeighbourIsHandedOverWithItsPeersAndAStrangersIsNot() throws Exception {
    connect(B, A, null, KernelGround.FIRST);
    // Of somebody who is no neighbour first: what follows shows that it has been looked at.
    KernelGround.send(ground.second(), Vectors.bytes("vxlan-arp-A-to-B"));
    await(UserVxlanCounter.DROPPED_UNKNOWN_SOURCE);
    byte[] unknownFlag = Vectors.bytes("vxlan-arp-A-to-B");
    unknownFlag[0] |= 1;
    KernelGround.send(ground.first(), unknownFlag);
    KernelGround.send(ground.first(), Arrays.copyOf(unknownFlag, 21));
    byte[] unknownPeer = Vectors.bytes("vxlan-arp-A-to-B");
    unknownPeer[4] = 0x7f;
    KernelGround.send(ground.first(), unknownPeer);
    KernelGround.send(ground.first(), Vectors.bytes("vxlan-arp-A-to-B"));
    assertEquals(A + " to " + B + ": " + hex(frame()), frames.poll(10, TimeUnit.SECONDS));
    assertEquals(2, overlay.counters().get(UserVxlanCounter.DROPPED_MALFORMED));
    assertEquals(1, overlay.counters().get(UserVxlanCounter.DROPPED_UNKNOWN_PEER));
    assertEquals(1, overlay.counters().get(UserVxlanCounter.FRAMES_RECEIVED));
    assertEquals(List.of(), List.copyOf(frames));
  }

  @Test
  void aHeartbeatIsAcknowledgedOnceAndOnlyWhenItIsWholeAndOfItsNeighbour() throws Exception {
    connect(B, A, null, KernelGround.FIRST);
    byte[] heartbeat = Vectors.bytes("vxlan-heartbeat-1376");
    KernelGround.send(ground.first(), Arrays.copyOf(heartbeat, heartbeat.length - 1));
    KernelGround.send(ground.first(), Arrays.copyOf(heartbeat, 30));
    byte[] ofAnother = heartbeat.clone();
    // C is known, but it is not C's connection.
    ofAnother[5] = (byte) 0x20;
    ofAnother[6] = (byte) 0xc3;
    KernelGround.send(ground.first(), ofAnother);
    await(UserVxlanCounter.HEARTBEATS_IGNORED, 3);
    assertEquals(List.of(), events);
    KernelGround.send(ground.first(), heartbeat);
    KernelGround.send(ground.first(), heartbeat);
    runUntil("control 0 []");
    await(UserVxlanCounter.HEARTBEATS_RECEIVED, 5);
    conductor.forEach(Runnable::run);
    assertEquals(List.of("control 0 []"), events);
  }

  @Test
  void aNeighbourThatSendsFromElsewhereIsFollowedThere() throws Exception {
    Forwarder toA = connect(B, A, null, KernelGround.FIRST);
    KernelGround.receive(ground.first());
    KernelGround.send(ground.second(), Vectors.bytes("vxlan-heartbeat-1376"));
    runUntil("control 0 []");
    assertTrue(forward(toA, frame(), B, A));
    assertEquals(hex(frame()), KernelGround.receive(ground.second()).substring(16));
    KernelGround.send(ground.second(), Vectors.bytes("vxlan-arp-A-to-B"));
    assertEquals(A + " to " + B + ": " + hex(frame()), frames.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void whatDoesNotFitIsLeftToOthersAndWhatNeedsAnUnknownNameAsWell() throws Exception {
    Forwarder toB = connect(A, B, null, KernelGround.FIRST);
    assertFalse(forward(toB, new byte[KernelGround.MTU + 15], A, B), "too long");
    PeerName stranger = PeerName.parse("00:00:00:00:00:77");
    assertFalse(forward(toB, frame(), A, stranger), "no short id");
    assertEquals(1, overlay.counters().get(UserVxlanCounter.LEFT_TO_OTHERS));
    toB.stop();
    assertFalse(forward(toB, frame(), A, B), "ended");
  }

  @Test
  void aFrameThatTheSendersKernelHasLeftUnfinishedIsHandedOverWithWhatIsLeftToDo()
      throws Exception {
    connect(B, A, null, KernelGround.FIRST);
    byte[] datagram = HexFormat.of().parseHex("08000000b02a0100" + UNFINISHED);
    KernelGround.send(ground.first(), datagram);
    assertEquals(A + " to " + B + ": " + UNFINISHED, frames.poll(10, TimeUnit.SECONDS));
    assertEquals(1, overlay.counters().get(UserVxlanCounter.UNFINISHED_RECEIVED));
  }

  @Test
  void framesThatLieOrComeTooLateOrMeetAFaultAreDroppedAndCounted() throws Exception {
    Forwarder toA = connect(B, A, null, KernelGround.FIRST);
    FrameBatch batch = new FrameBatch(2, FrameBatch.MAX_FRAME_BYTES);
    ByteBuffer frame = ByteBuffer.wrap(frame());
    batch.add(frame, 0, frame.limit(), Offload.checksum(frame.limit() - 1, 16), 0, 0);
    batch.add(frame, 0, frame.limit(), 0, 0);
    assertTrue(toA.forward(Lanes.CAPTURE, batch, 0, B.value(), A.value(), false));
    assertEquals(1, overlay.counters().get(UserVxlanCounter.DROPPED_BAD_OFFLOAD));
    faulty = true;
    KernelGround.send(ground.first(), Vectors.bytes("vxlan-arp-A-to-B"));
    await(UserVxlanCounter.DROPPED_INTERNAL);
    faulty = false;
    KernelGround.send(ground.first(), Vectors.bytes("vxlan-arp-A-to-B"));
    assertEquals(A + " to " + B + ": " + hex(frame()), frames.poll(10, TimeUnit.SECONDS));
    assertTrue(toA.forward(Lanes.CAPTURE, batch, 1, B.value(), A.value(), false));
    toA.stop();
    toA.flush(Lanes.CAPTURE);
    assertEquals(1, overlay.counters().get(UserVxlanCounter.DROPPED_NO_SOCKET));
  }

  @Test
  void thePortOfAPeerIsFreeAgainWhenTheLastConnectionThatNeedsItHasEnded() throws Exception {
    int other = KernelGround.PORT + 10;
    Forwarder first = connectTo(other - 1);
    Forwarder second = connectTo(other - 1);
    first.stop();
    first.stop();
    assertTrue(isTaken(other), "the second one needs it");
    second.stop();
    assertFalse(isTaken(other));
    assertTrue(isTaken(KernelGround.PORT), "our own");
  }

  private Forwarder connectTo(int meshPort) throws Exception {
    return connect(features(B, Map.of()), A, null, KernelGround.FIRST, meshPort);
  }

  private boolean isTaken(int port) throws Exception {
    boolean[] taken = new boolean[1];
    ground
        .host()
        .perform(() -> {
          try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.setReuseAddress(false);
            socket.bind(new InetSocketAddress(port));
          } catch (SocketException e) {
            taken[0] = true;
          }
        });
    return taken[0];
  }

  @Test
  void aConnectionThatIsToBeEncryptedIsRefusedWithTheReason() {
    OverlayException refusal =
        assertThrows(OverlayException.class, () -> connect(A, B, new byte[32], KernelGround.FIRST));
    assertEquals("fastdp-kernel-has-no-esp", refusal.getMessage());
  }

  private final class Sink implements FrameSink {
    @Override
    public void captured(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is captured here");
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      if (faulty) {
        throw new IllegalStateException("as a fault in what takes frames");
      }
      for (int i = 0; i < batch.count(); i++) {
        byte[] bytes = new byte[batch.length(i)];
        batch.slab().get(batch.offset(i), bytes);
        PeerName source = new PeerName(batch.sourcePeer(i));
        frames.add(source + " to " + new PeerName(batch.destinationPeer(i)) + ": " + hex(bytes));
      }
    }
  }

  /** A confirmed connection as Weave Net's: its neighbour announces nothing of ours. */
  private Forwarder connect(PeerName self, PeerName peer, byte @Nullable [] key, Ipv4Address remote)
      throws Exception {
    return connect(features(peer, Map.of()), self, key, remote);
  }

  private Forwarder connect(
      RemoteFeatures features, PeerName self, byte @Nullable [] key, Ipv4Address remote)
      throws Exception {
    return connect(features, self, key, remote, MESH_PORT);
  }

  private Forwarder connect(
      RemoteFeatures features,
      PeerName self,
      byte @Nullable [] key,
      Ipv4Address remote,
      int meshPort)
      throws Exception {
    InetSocketAddress there =
        new InetSocketAddress(InetAddress.ofLiteral(remote.toString()), meshPort);
    InetSocketAddress here =
        new InetSocketAddress(InetAddress.ofLiteral(KernelGround.HERE.toString()), 50_000);
    ForwarderParameters parameters =
        new ForwarderParameters(self, features.name(), UID, key, true, here, there, features);
    Forwarder[] forwarder = new Forwarder[1];
    OverlayException[] refusal = new OverlayException[1];
    ground
        .host()
        .perform(() -> {
          try {
            forwarder[0] = overlay.prepare(parameters, new ForwarderLog(events));
            forwarder[0].confirm();
          } catch (OverlayException e) {
            refusal[0] = e;
          }
        });
    if (refusal[0] != null) {
      throw refusal[0];
    }
    return forwarder[0];
  }

  private static boolean forward(
      Forwarder to, byte[] frame, PeerName source, PeerName destination) {
    FrameBatch batch = new FrameBatch(1, FrameBatch.MAX_FRAME_BYTES);
    batch.add(ByteBuffer.wrap(frame), 0, frame.length, 0, 0);
    boolean taken = to.forward(Lanes.CAPTURE, batch, 0, source.value(), destination.value(), false);
    to.flush(Lanes.CAPTURE);
    return taken;
  }

  /** The next datagram at the first neighbour that is no heartbeat. */
  private String next() throws Exception {
    return KernelGround.receive(ground.first());
  }

  private void await(UserVxlanCounter counter) throws InterruptedException {
    await(counter, 1);
  }

  /** Lets the conductor run what comes until so much is counted. */
  private void await(UserVxlanCounter counter, long least) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (overlay.counters().get(counter) < least) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "too few were counted as " + counter);
      Runnable event = conductor.poll(10, TimeUnit.MILLISECONDS);
      if (event != null) {
        event.run();
      }
    }
  }

  private void runUntil(String event) throws InterruptedException {
    while (!events.contains(event)) {
      Runnable next = conductor.poll(10, TimeUnit.SECONDS);
      assertTrue(next != null, () -> "waited in vain for " + event + ": " + events);
      next.run();
    }
  }

  private static byte[] frame() throws Exception {
    return KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B"));
  }

  private static String vector(String name) throws Exception {
    return hex(Vectors.bytes(name));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static RemoteFeatures features(PeerName peer, Map<String, String> all) {
    return new RemoteFeatures(peer, "", 1, 1, 1, false, "fastdp sleeve", all);
  }
}
