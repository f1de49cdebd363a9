package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class PointToPointVxlansTest {
  private static final int PORT = 6784;
  private static final int GROUP = 77;
  private static final int TYPE_OFFSET = 12;
  private static final int RESEND_MILLIS = 100;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final long TIMEOUT_NANOS = TIMEOUT_MILLIS * 1_000_000L;
  private static final Ipv4Address HERE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address THERE = Ipv4Address.parse("192.0.2.2");
  private static final MacAddress SENDER = MacAddress.parse("5a:00:00:00:00:01");

  /** An EtherType that is for experiments, so that nobody else speaks it. */
  private static final String TEST_TYPE = "88b5";

  private static final String FRAME = "5a00000000ff" + "5a0000000001" + TEST_TYPE + "01".repeat(46);

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;
  private NetworkNamespace wire;
  private Netlink netlink;
  private int bridge;

  @BeforeEach
  void makeAHostWithABridge() throws IOException {
    host = namespaces.create();
    wire = namespaces.create();
    host.perform(() -> {
      Sysctl.writeIfPresent("net/ipv6/conf/all/disable_ipv6", "1");
      Sysctl.writeIfPresent("net/ipv6/conf/default/disable_ipv6", "1");
    });
    TestNamespaces.join(host, wire, "eth0", "192.0.2", 1500);
    netlink = Netlink.open(host);
    Links links = netlink.links();
    links.createBridge("weave");
    bridge = links.get("weave").index();
    links.createVethPair("box", "boxed", 1400);
    links.enslave(links.get("box").index(), bridge);
    for (String link : new String[] {"weave", "box", "boxed"}) {
      links.setUp(links.get(link).index());
    }
  }

  @AfterEach
  void removeAll() throws IOException {
    netlink.close();
    namespaces.close();
  }

  private int open(String name, int receiveId) throws IOException {
    VxlanPeer peer = new VxlanPeer(name, PORT, receiveId, 0xb02a01, HERE, THERE);
    return host.run(() -> netlink.pointToPointVxlans().open(peer, GROUP, bridge, 1376));
  }

  @Test
  void floodsWhatTheBridgeDoesNotKnowToItsOtherEndUnderTheIdentifierOfItsOwn() throws IOException {
    int device = open("vxlan-peer-b02", 0xa01b02);
    try (UdpSocket there = wire.run(UdpSocket::open);
        Poller poller = Poller.open(1)) {
      there.bind(THERE, PORT);
      poller.add(there, 0);
      ReceiveVector vector = new ReceiveVector(1, 2_000);
      String payload = "";
      long deadline = System.nanoTime() + TIMEOUT_NANOS;
      while (!payload.contains(TEST_TYPE)) {
        assertTrue(System.nanoTime() - deadline < 0, "no datagram has arrived");
        // Ports begin to forward a little after they are up; and the bridge speaks to groups.
        say(FRAME);
        if (poller.await(RESEND_MILLIS) == 1 && there.receive(vector) == 1) {
          byte[] bytes = new byte[vector.length(0)];
          vector.slab().get(vector.offset(0), bytes);
          payload = HexFormat.of().formatHex(bytes);
        }
      }
      assertEquals("08000000b02a0100" + FRAME, payload);
      assertEquals(HERE.value(), vector.sourceAddress(0));
    }
    LinkStatistics counted = netlink.links().statistics(device).orElseThrow();
    assertTrue(counted.sentPackets() >= 1, counted::toString);
    assertEquals(0, counted.receivedPackets());
    Link link = netlink.links().get("vxlan-peer-b02");
    assertEquals(1376, link.mtuBytes());
    assertEquals(bridge, link.masterIndex());
    assertEquals(Optional.empty(), netlink.links().statistics(9_999));
  }

  @Test
  void deletesAGroupAtOnceAndFreesItsPort() throws IOException {
    open("vxlan-peer-b02", 0xa01b02);
    open("vxlan-peer-0c3", 0xa010c3);
    UdpSocket late = host.run(UdpSocket::open);
    LinuxException taken = assertThrows(LinuxException.class, () -> late.bind(HERE, PORT));
    assertEquals(Errno.EADDRINUSE, taken.errno());
    netlink.pointToPointVxlans().deleteAll(GROUP);
    netlink.pointToPointVxlans().deleteAll(GROUP);
    assertTrue(netlink.links().find("vxlan-peer-b02").isEmpty());
    assertTrue(netlink.links().find("vxlan-peer-0c3").isEmpty());
    assertTrue(netlink.links().find("box").isPresent());
    late.bind(HERE, PORT);
    LinuxException held = assertThrows(LinuxException.class, () -> open("vxlan-peer-b02", 7));
    assertEquals(Errno.EADDRINUSE, held.errno());
    assertTrue(netlink.links().find("vxlan-peer-b02").isEmpty(), "half of one is none");
    late.close();
  }

  @Test
  void identifiersFit() {
    assertThrows(IllegalArgumentException.class, () -> new VxlanPeer("x", PORT, 0, 1, HERE, THERE));
    assertThrows(
        IllegalArgumentException.class, () -> new VxlanPeer("x", PORT, 1, 1 << 24, HERE, THERE));
  }

  @Test
  void aPortThatIsNotFloodedHearsNothingAndTheBridgeForgets() throws IOException {
    netlink.links().createVethPair("other", "othered", 1400);
    int other = netlink.links().get("other").index();
    netlink.links().enslave(other, bridge);
    netlink.links().setUp(other);
    int end = netlink.links().get("othered").index();
    netlink.links().setUp(end);
    BridgePorts ports = netlink.bridgePorts();
    ports.setFlooded(other, false);
    ports.setLearning(other, false);
    ports.setIsolated(other, true);
    try (PacketSocket capture = host.run(() -> PacketSocket.open(end, PacketSocket.ALL_PROTOCOLS));
        Poller poller = Poller.open(1)) {
      poller.add(capture, 0);
      BridgePorts.Learnt learnt = awaitSender(ports);
      assertEquals(box(), learnt.port(), "learnt with the frame");
      assertTrue(learnt.ageMillis() >= 0 && learnt.ageMillis() < 60_000, learnt::toString);
      ports.setFlooded(other, true);
      say(FRAME.replace("01".repeat(46), "02".repeat(46)));
      ByteBuffer frame = ByteBuffer.allocateDirect(1500);
      while (frame.getShort(TYPE_OFFSET) != (short) 0x88b5) {
        assertEquals(1, poller.await(TIMEOUT_MILLIS));
        capture.receive(frame, 0, 1500);
      }
      assertEquals(2, frame.get(20), "the first was not for it");
    }
    ports.forgetAddresses(box());
    assertEquals(Optional.empty(), ports.find(bridge, SENDER));
  }

  private BridgePorts.Learnt awaitSender(BridgePorts ports) throws IOException {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    Optional<BridgePorts.Learnt> found = Optional.empty();
    while (found.isEmpty()) {
      assertTrue(System.nanoTime() - deadline < 0, "the bridge has not learnt the sender");
      say(FRAME);
      found = ports.find(bridge, SENDER);
    }
    return found.get();
  }

  private int box() throws IOException {
    return netlink.links().get("box").index();
  }

  private void say(String hex) throws IOException {
    byte[] frame = HexFormat.of().parseHex(hex);
    int index = netlink.links().get("boxed").index();
    try (PacketSocket socket =
        host.run(() -> PacketSocket.open(index, PacketSocket.ALL_PROTOCOLS))) {
      ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
      assertEquals(frame.length, socket.send(data, 0, frame.length));
    }
  }
}
