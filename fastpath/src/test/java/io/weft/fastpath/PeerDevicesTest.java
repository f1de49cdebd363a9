package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.TestRoutes;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Netlink;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VXLAN devices in a real kernel, toward two neighbours that are sockets. */
@RequiresRoot
final class PeerDevicesTest {
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final PeerName C = PeerName.parse("ce:01:02:03:04:05");
  private static final Map<Integer, PeerName> PEERS = Map.of(0xa01, A, 0xb02, B, 0x0c3, C);
  private static final long UID_B = 0x1e2c3e485e6c7e80L;
  private static final long UID_C = 0x0102030405060708L;
  private static final int MESH_PORT = KernelGround.PORT - 1;
  private static final String PORT = "vethwe-bridge";
  private static final long LOCAL_MAC = 0x5a0000000001L;
  private static final long REMOTE_MAC = 0x5a0000000002L;

  /** Of an experiment, so that nobody else speaks it. */
  private static final String BODY = "88b5" + "01".repeat(46);

  private static final String OF_ANOTHER = "02".repeat(46);
  private static final String RELAYED = "03".repeat(46);
  private static final String EVERYBODY = "ffffffffffff";

  private final EventTime time = new EventTime(7_000, 0);
  private final BlockingQueue<Runnable> conductor = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final List<String> events = new ArrayList<>();
  private final Map<PeerName, List<Forwarder>> forwarders = new HashMap<>();
  private final Routes full = TestRoutes.full(A, B, C);
  private KernelGround ground;
  private UserVxlanOverlay overlay;

  @BeforeEach
  void connectAll() throws Exception {
    ground = new KernelGround();
    overlay = ground.host().run(this::start);
    sync(full);
    connect(B, UID_B, KernelGround.FIRST);
    connect(C, UID_C, KernelGround.SECOND);
  }

  private UserVxlanOverlay start() throws IOException {
    UserVxlanOverlay started =
        new UserVxlanOverlay(
            Ipv4Address.ANY,
            MESH_PORT,
            KernelGround.MTU,
            true,
            null,
            EspSupport.unused(),
            PeerDevices.open("weave", PORT),
            time,
            conductor::offer,
            () -> {});
    started.start(new Sink(), events::add);
    return started;
  }

  @AfterEach
  void close() throws Exception {
    ground.host().perform(overlay::end);
    assertFalse(hasLink("vxlan-peer-b02"), "devices end with the router");
    // The conductor goes on for a while, and with it what it does after each batch of events.
    sync(full);
    time.advanceTo(time.nanos() + DeviceSwitch.QUIET_NANOS, 0);
    ground.host().perform(overlay::onTime);
    assertFalse(overlay.isInKernel());
    assertEquals("the router ends", overlay.whyNotInKernel());
    overlay.close();
    ground.close();
    assertEquals(List.of(), events.stream().filter(event -> event.contains("ended")).toList());
  }

  @Test
  void whatTheContainerSaysToEverybodyReachesEachNeighbourUnderItsIdentifier() throws Exception {
    enter();
    String frame = EVERYBODY + hexMac(LOCAL_MAC) + BODY;
    assertEquals("08000000" + "b02a0100" + frame, untilHeard(frame, 0));
    assertEquals("08000000" + "0c3a0100" + frame, untilHeard(frame, 1));
    try (PacketSocket wire = ground.capture()) {
      ByteBuffer outer = untilOnTheWire(wire, frame);
      assertEquals(0x4500, outer.getShort(14), "no TOS");
      assertEquals(0x4000, outer.getShort(20), "DF, and no fragment");
      assertEquals(64, outer.get(22), "TTL");
      assertEquals(KernelGround.HERE.value(), outer.getInt(26), "source");
      assertEquals(KernelGround.PORT, Short.toUnsignedInt(outer.getShort(36)), "UDP port");
      assertEquals(0, outer.getShort(40), "UDP checksum");
    }
    long[] traffic = trafficTo(B);
    assertTrue(traffic[0] >= 1, "packets to B");
    assertTrue(traffic[1] >= frame.length() / 2, "with their Ethernet headers");
  }

  @Test
  void aFrameOfANeighbourReachesTheContainerAndNobodyElse() throws Exception {
    enter();
    // B to A; whoever sends it to us for C is not served.
    String head = EVERYBODY + hexMac(REMOTE_MAC) + "88b5";
    byte[] relayed = datagram("0c3b0200", head + RELAYED);
    String first = head + OF_ANOTHER;
    byte[] direct = datagram("a01b0200", first);
    ground
        .host()
        .perform(() -> {
          try (PacketSocket container = KernelGround.container()) {
            untilForwarding();
            KernelGround.send(ground.first(), relayed);
            KernelGround.send(ground.first(), direct);
            assertEquals(first, firstOf(container, head), "and not what was for C");
          }
        });
    UserVxlanOverlay.Owner owner = overlay.find(REMOTE_MAC).orElseThrow();
    assertEquals(B, owner.peer(), "learnt by the bridge");
    assertTrue(overlay.find(0x5a0000000009L).isEmpty());
    // What C hears next is ours: B's did not go there.
    String ours = hexMac(REMOTE_MAC) + hexMac(LOCAL_MAC) + BODY;
    assertEquals("08000000" + "b02a0100" + ours, untilHeard(ours, 0), "to where it is");
    UserVxlanOverlay.Owner own = overlay.find(LOCAL_MAC).orElseThrow();
    assertEquals(null, own.peer(), "on this host");
    String probe = EVERYBODY + hexMac(LOCAL_MAC) + BODY;
    String heard = untilHeard(probe, 1);
    assertEquals("08000000" + "0c3a0100" + probe, heard);
  }

  /** The first frame that begins so. */
  private static String firstOf(PacketSocket socket, String head) throws IOException {
    return KernelGround.next(socket, heard -> KernelGround.hex(heard).startsWith(head))
        .map(KernelGround::hex)
        .orElseThrow(() -> new AssertionError("no frame that begins with " + head));
  }

  @Test
  void heartbeatsPassAsBeforeWhileDevicesCarry() throws Exception {
    enter();
    events.clear();
    KernelGround.send(ground.first(), heartbeat("a01b0200", UID_B));
    runUntil("control 0 []");
    assertEquals(List.of("control 0 []"), events, "the neighbour was heard by the raw socket");
  }

  @Test
  void theRouterCarriesAtOnceWhenTheMeshIsNotFullAndDevicesComeBack() throws Exception {
    enter();
    for (int round = 0; round < 2; round++) {
      sync(Routes.alone(A));
      assertFalse(overlay.isInKernel());
      assertFalse(hasLink("vxlan-peer-b02"));
      assertEquals("the mesh is not full", overlay.whyNotInKernel());
      String frame = hexMac(LOCAL_MAC) + hexMac(REMOTE_MAC) + BODY;
      KernelGround.send(ground.first(), datagram("a01b0200", frame));
      assertEquals(B + " to " + A + ": " + frame, frames.poll(10, TimeUnit.SECONDS));
      enter();
      assertTrue(hasLink("vxlan-peer-b02"));
      assertTrue(hasLink("vxlan-peer-0c3"));
    }
  }

  @Test
  void aConnectionOfAnotherOverlayKeepsDevicesAway() throws Exception {
    forwarders.put(C, List.of());
    sync(full);
    assertEquals("fastdp does not reach " + C, overlay.whyNotInKernel());
    assertEquals(Long.MAX_VALUE, overlay.nextDeadlineNanos());
  }

  @Test
  void anotherShortIdIsAnotherDevice() throws Exception {
    enter();
    ground
        .host()
        .perform(() ->
            overlay.sync(new TreeMap<>(Map.of(0xa01, A, 0xb03, B, 0x0c3, C)), full, forwarders));
    assertTrue(overlay.isInKernel());
    assertFalse(hasLink("vxlan-peer-b02"));
    assertTrue(hasLink("vxlan-peer-b03"));
    String frame = EVERYBODY + hexMac(LOCAL_MAC) + BODY;
    assertEquals("08000000" + "b03a0100" + frame, untilHeard(frame, 0));
  }

  @Test
  void theNextRouterRemovesWhatADeadOneHasLeft() throws Exception {
    enter();
    try (Netlink netlink = Netlink.open(ground.host())) {
      PeerDevices.clear(netlink, PORT);
      assertEquals(null, PeerDevices.whyNot(netlink));
    }
    assertFalse(hasLink("vxlan-peer-b02"));
    assertTrue(hasLink("weave"));
  }

  private final class Sink implements FrameSink {
    @Override
    public void captured(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is captured here");
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      for (int i = 0; i < batch.count(); i++) {
        byte[] bytes = new byte[batch.length(i)];
        batch.slab().get(batch.offset(i), bytes);
        PeerName source = new PeerName(batch.sourcePeer(i));
        PeerName destination = new PeerName(batch.destinationPeer(i));
        frames.add(source + " to " + destination + ": " + HexFormat.of().formatHex(bytes));
      }
    }
  }

  private void connect(PeerName peer, long uid, Ipv4Address remote) throws Exception {
    RemoteFeatures features =
        new RemoteFeatures(peer, "", 1, 1, 1, false, "fastdp sleeve", Map.of());
    InetSocketAddress there =
        new InetSocketAddress(InetAddress.ofLiteral(remote.toString()), MESH_PORT);
    InetSocketAddress here =
        new InetSocketAddress(InetAddress.ofLiteral(KernelGround.HERE.toString()), 50_000);
    ForwarderParameters parameters =
        new ForwarderParameters(A, peer, uid, null, true, here, there, features);
    ground
        .host()
        .perform(() -> {
          try {
            Forwarder forwarder = overlay.prepare(parameters, new ForwarderLog(events));
            forwarder.confirm();
            forwarder.onControl(FastdpProtocol.CONTROL_ACKNOWLEDGED, new byte[0]);
            forwarders.put(peer, List.of(forwarder));
          } catch (OverlayException e) {
            throw new IOException(e);
          }
        });
  }

  private long[] trafficTo(PeerName peer) {
    UserVxlanForwarder forwarder =
        (UserVxlanForwarder) Objects.requireNonNull(forwarders.get(peer)).getFirst();
    return forwarder.traffic();
  }

  private void sync(Routes routes) throws IOException {
    ground.host().perform(() -> overlay.sync(new TreeMap<>(PEERS), routes, forwarders));
  }

  /** The mesh is full for long enough. */
  private void enter() throws Exception {
    sync(full);
    time.advanceTo(time.nanos() + DeviceSwitch.QUIET_NANOS, 0);
    for (int i = 0; i < DeviceSwitch.QUICK_RETRIES && !overlay.isInKernel(); i++) {
      ground.host().perform(overlay::onTime);
      time.advanceTo(time.nanos() + DeviceSwitch.RETRY_NANOS, 0);
    }
    assertTrue(overlay.isInKernel(), overlay::whyNotInKernel);
  }

  /** Says a frame until a neighbour hears it: ports forward a little after they are up. */
  private String untilHeard(String frame, int neighbour) throws Exception {
    try (Poller poller = Poller.open(1)) {
      var socket = neighbour == 0 ? ground.first() : ground.second();
      poller.add(socket, 0);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (System.nanoTime() - deadline < 0) {
        ground.host().perform(() -> KernelGround.say(HexFormat.of().parseHex(frame)));
        while (poller.await(100) > 0) {
          String heard = KernelGround.receive(socket);
          assertFalse(
              heard.endsWith(OF_ANOTHER) || heard.endsWith(RELAYED),
              "a neighbour hears what another one has sent");
          if (heard.endsWith(frame)) {
            return heard;
          }
        }
      }
    }
    throw new AssertionError("not heard: " + frame);
  }

  private ByteBuffer untilOnTheWire(PacketSocket wire, String frame) throws Exception {
    ground.host().perform(() -> KernelGround.say(HexFormat.of().parseHex(frame)));
    return KernelGround.next(wire, heard -> KernelGround.hex(heard).endsWith(frame))
        .map(ByteBuffer::wrap)
        .orElseThrow(() -> new AssertionError("not on the wire: " + frame));
  }

  /** The bridge's ports forward once something has passed them. */
  private void untilForwarding() throws IOException {
    try {
      untilHeard(EVERYBODY + hexMac(LOCAL_MAC) + BODY, 0);
      untilHeard(EVERYBODY + hexMac(LOCAL_MAC) + BODY, 1);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void runUntil(String event) throws InterruptedException {
    while (!events.contains(event)) {
      Runnable next = conductor.poll(10, TimeUnit.SECONDS);
      assertTrue(next != null, () -> "waited in vain for " + event + ": " + events);
      next.run();
    }
  }

  private boolean hasLink(String name) throws IOException {
    try (Netlink netlink = Netlink.open(ground.host())) {
      return netlink.links().find(name).isPresent();
    }
  }

  /** A heartbeat as {@code vxlan-heartbeat-1376}, of another connection and direction. */
  private static byte[] heartbeat(String identifier, long uid) throws Exception {
    byte[] heartbeat = Vectors.bytes("vxlan-heartbeat-1376");
    ByteBuffer.wrap(heartbeat)
        .put(4, HexFormat.of().parseHex(identifier))
        .putLong(FastdpProtocol.VXLAN_BYTES + FastdpProtocol.HEARTBEAT_UID_OFFSET, uid);
    return heartbeat;
  }

  private static byte[] datagram(String identifier, String frame) {
    return HexFormat.of().parseHex("08000000" + identifier + frame);
  }

  private static String hexMac(long mac) {
    return HexFormat.of().toHexDigits(mac, 12);
  }
}
