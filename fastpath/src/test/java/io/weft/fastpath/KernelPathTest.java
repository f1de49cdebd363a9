package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.RequiresRoot;
import io.weft.linux.Sysctl;
import io.weft.linux.TestNamespaces;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The programs in a real kernel: this host, and two neighbours on the wire that are nothing but
 * sockets, so that every byte between them is seen.
 */
@RequiresRoot
final class KernelPathTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final int C = 0x0c3;
  private static final int PORT = 6784;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final Ipv4Address HERE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address FIRST = Ipv4Address.parse("192.0.2.2");
  private static final Ipv4Address SECOND = Ipv4Address.parse("192.0.2.3");
  private static final int ARP_BYTES = 42;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;
  private NetworkNamespace wire;
  private UdpSocket first;
  private UdpSocket second;

  /** What a test does on the host. */
  @FunctionalInterface
  private interface OnHost {
    void run(KernelPath path) throws IOException;
  }

  @BeforeEach
  void connect() throws IOException {
    host = namespaces.create();
    wire = namespaces.create();
    // Else interfaces speak of their own accord, and into our captures.
    host.perform(() -> {
      Sysctl.writeIfPresent("net/ipv6/conf/all/disable_ipv6", "1");
      Sysctl.writeIfPresent("net/ipv6/conf/default/disable_ipv6", "1");
    });
    int[] ends = TestNamespaces.join(host, wire, "eth0", "192.0.2", 1500);
    try (Netlink netlink = Netlink.open(wire)) {
      netlink.addresses().add(ends[1], Ipv4Prefix.parse(SECOND + "/32"));
    }
    try (Netlink netlink = Netlink.open(host)) {
      netlink.links().createBridge("weave");
      int bridge = netlink.links().get("weave").index();
      netlink.links().createVethPair("vethwe-bridge", "vethwe-pcap", 1376);
      netlink.links().createVethPair("box", "boxed", 1376);
      for (String port : List.of("vethwe-bridge", "box")) {
        netlink.links().enslave(netlink.links().get(port).index(), bridge);
      }
      for (String link : List.of("weave", "vethwe-bridge", "vethwe-pcap", "box", "boxed")) {
        netlink.links().setUp(netlink.links().get(link).index());
      }
    }
    first = listen(FIRST);
    second = listen(SECOND);
  }

  @AfterEach
  void remove() throws IOException {
    first.close();
    second.close();
    namespaces.close();
  }

  @Test
  void aBroadcastOfThisHostLeavesAsTheVectorSays() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    onHost(path -> {
      describe(path, A, B, FIRST);
      say(frame(vector));
      assertEquals(hex(vector), receive(first));
      assertEquals(1, path.tables().count(FastdpCounter.SENT_FLOODED));
      assertEquals(1, path.tables().traffic(B)[0], "packets to the neighbour");
    });
  }

  @Test
  void aBroadcastOfANeighbourGoesOnToTheOtherAsTheVectorSays() throws Exception {
    byte[] arriving = Vectors.bytes("vxlan-arp-A-to-B");
    byte[] leaving = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    onHost(path -> {
      describe(path, B, A, FIRST);
      neighbour(path, C, SECOND);
      path.tables().putTree(A, new Tree(List.of(C), false));
      try (PacketSocket heard = container()) {
        send(first, arriving);
        assertEquals(hex(leaving), receive(second));
        assertTrue(hears(heard, frame(arriving)), "the bridge has it too");
      }
      assertEquals(1, path.tables().count(FastdpCounter.RECEIVED));
    });
  }

  @Test
  void aFrameForAnotherPeerIsRelayedUnchanged() throws Exception {
    byte[] arriving = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    onHost(path -> {
      describe(path, B, A, FIRST);
      neighbour(path, C, SECOND);
      send(first, arriving);
      assertEquals(hex(arriving), receive(second));
      assertEquals(1, path.tables().count(FastdpCounter.RELAYED));
      assertEquals(0, path.tables().count(FastdpCounter.PUNTED), "through user space");
      assertEquals(0, path.tables().macs().size(), "a relay learns nothing");
    });
  }

  @Test
  void framesThatMustNotPassAreDroppedEachForItsReason() throws Exception {
    byte[] forC = Vectors.bytes("vxlan-arp-relay-A-via-B-to-C");
    byte[] forB = Vectors.bytes("vxlan-arp-A-to-B");
    onHost(path -> {
      describe(path, B, A, FIRST);
      send(second, forB);
      awaitCount(path, FastdpCounter.DROPPED_UNKNOWN_SOURCE);
      send(first, forC);
      awaitCount(path, FastdpCounter.DROPPED_UNKNOWN_PEER);
      path.tables().putRoute(C, Layout.ROUTE_NONE);
      send(first, forC);
      awaitCount(path, FastdpCounter.DROPPED_NO_ROUTE);
      neighbour(path, C, FIRST);
      send(first, forC);
      awaitCount(path, FastdpCounter.DROPPED_HAIRPIN);
      path.tables().putRoute(A, Layout.ROUTE_SELF);
      send(first, forB);
      awaitCount(path, FastdpCounter.DROPPED_LOOP);
    });
  }

  @Test
  void addressesAreLearnedAndMoveAtOnce() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    long mac = 0x5a0000000001L;
    onHost(path -> {
      describe(path, B, A, FIRST);
      say(frame(vector));
      receive(first);
      assertEquals(Layout.OWNER_LOCAL, ownerOf(path, mac));
      send(first, vector);
      awaitCount(path, FastdpCounter.MOVED);
      assertEquals(A, ownerOf(path, mac));
    });
  }

  @Test
  void theNextRouterGoesOnWithTheTablesOfTheOneBefore() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-arp-A-to-B");
    onHost(path -> {
      assertFalse(path.isAdopted());
      describe(path, A, B, FIRST);
    });
    // The router is gone, and the kernel goes on.
    host.perform(() -> say(frame(vector)));
    assertEquals(hex(vector), receive(first));
    onHost(path -> {
      assertTrue(path.isAdopted());
      assertEquals(A, path.tables().activeShortId().orElseThrow());
      ForwardingState state = new ForwardingState(path.tables());
      path.tables().adopt(state, 0);
      assertTrue(state.forwardsTo(B));
      say(frame(vector));
      assertEquals(hex(vector), receive(first));
    });
    try (Netlink netlink = Netlink.open(host)) {
      KernelPath.remove(netlink, "vethwe-bridge");
      assertEquals(
          List.of(),
          netlink.links().list().stream()
              .filter(link -> link.name().startsWith("vxlan") || link.name().contains("punt"))
              .toList());
    }
    onHost(path -> assertFalse(path.isAdopted(), "nothing is left to adopt"));
  }

  @Test
  void mapsLookAsTheLayoutSays() throws Exception {
    onHost(path -> {
      // Opening twice in a row adopts, which only maps of the very same descriptions allow.
      try (KernelPath again = KernelPath.open("vethwe-bridge", PORT)) {
        assertTrue(again.isAdopted());
      }
    });
  }

  @Test
  void heartbeatsLookAsTheVectorSays() throws Exception {
    byte[] vector = Vectors.bytes("vxlan-heartbeat-1376");
    ByteBuffer datagram = ByteBuffer.allocateDirect(2_000);
    int length = Heartbeats.write(datagram, 0x1e2c3e485e6c7e80L, 1376);
    byte[] written = new byte[length];
    datagram.get(0, written);
    assertEquals(
        hex(Arrays.copyOfRange(vector, FastdpProtocol.VXLAN_BYTES, vector.length)),
        hex(Arrays.copyOfRange(written, FastdpProtocol.VXLAN_BYTES, length)));
  }

  @Test
  void identifiersLookAsTheTableSays() throws Exception {
    Matcher row =
        Pattern.compile("\"src\": (\\d+),\\s+\"dst\": (\\d+),\\s+\"tunnelId\": \"(\\w+)\"")
            .matcher(Vectors.text("vxlan-vni-table.json"));
    int rows = 0;
    while (row.find()) {
      int source = Integer.parseInt(row.group(1));
      int destination = Integer.parseInt(row.group(2));
      assertEquals(Long.parseLong(row.group(3), 16), FastdpForwarder.tunnel(source, destination));
      rows++;
    }
    assertEquals(6, rows);
  }

  private void onHost(OnHost test) throws IOException {
    host.perform(() -> {
      try (KernelPath path = KernelPath.open("vethwe-bridge", PORT)) {
        test.run(path);
      }
    });
  }

  private static void describe(KernelPath path, int self, int neighbour, Ipv4Address at)
      throws IOException {
    path.tables().putRoute(self, Layout.ROUTE_SELF);
    neighbour(path, neighbour, at);
    path.tables().putTree(self, new Tree(List.of(neighbour), false));
    path.tables().putConfig(self, path.portIndex(), path.puntIndex(), true);
  }

  private static void neighbour(KernelPath path, int shortId, Ipv4Address at) throws IOException {
    path.tables().putHop(shortId, Hop.vxlan(path.openPort(PORT), at.value(), HERE.value()));
    path.tables().putRoute(shortId, Layout.ROUTE_VIA | shortId);
    path.tables().putSource(at.value(), shortId);
  }

  private UdpSocket listen(Ipv4Address address) throws LinuxException {
    return wire.run(() -> {
      UdpSocket socket = UdpSocket.open();
      socket.bind(address, PORT);
      return socket;
    });
  }

  private static void send(UdpSocket socket, byte[] payload) {
    ByteBuffer data = ByteBuffer.allocateDirect(payload.length).put(0, payload);
    assertEquals(
        payload.length, socket.sendTo(data, 0, payload.length, HERE.value(), PORT), "bytes sent");
  }

  /** The next frame of the test; what the bridge itself says to groups passes here, too. */
  private static String receive(UdpSocket socket) throws LinuxException {
    byte[] payload = receiveAny(socket);
    while (isOfTheBridge(payload)) {
      payload = receiveAny(socket);
    }
    return hex(payload);
  }

  private static boolean isOfTheBridge(byte[] payload) {
    int type = ByteBuffer.wrap(payload).getShort(FastdpProtocol.VXLAN_BYTES + 12) & 0xffff;
    return type == IPV4 || type == IPV6;
  }

  private static byte[] receiveAny(UdpSocket socket) throws LinuxException {
    ReceiveVector vector = new ReceiveVector(1, 2_000);
    try (Poller poller = Poller.open(1)) {
      poller.add(socket, 0);
      poller.await(TIMEOUT_MILLIS);
      assertEquals(1, socket.receive(vector), "a datagram arrives");
    }
    byte[] payload = new byte[vector.length(0)];
    vector.slab().get(vector.offset(0), payload);
    return payload;
  }

  private static byte[] frame(byte[] datagram) {
    byte[] frame = Arrays.copyOfRange(datagram, FastdpProtocol.VXLAN_BYTES, datagram.length);
    assertEquals(ARP_BYTES, frame.length);
    return frame;
  }

  private static PacketSocket container() throws IOException {
    try (Netlink netlink = Netlink.open()) {
      return PacketSocket.open(netlink.links().get("boxed").index(), PacketSocket.ALL_PROTOCOLS);
    }
  }

  private static void say(byte[] frame) throws IOException {
    try (PacketSocket socket = container()) {
      ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
      assertEquals(frame.length, socket.send(data, 0, frame.length));
    }
  }

  private static boolean hears(PacketSocket socket, byte[] frame) throws LinuxException {
    ByteBuffer data = ByteBuffer.allocateDirect(2_000);
    try (Poller poller = Poller.open(1)) {
      poller.add(socket, 0);
      while (poller.await(TIMEOUT_MILLIS) > 0) {
        int length = socket.receive(data, 0, 2_000);
        byte[] heard = new byte[Math.max(length, 0)];
        data.get(0, heard);
        if (Arrays.equals(frame, heard)) {
          return true;
        }
      }
    }
    return false;
  }

  private static int ownerOf(KernelPath path, long mac) throws LinuxException {
    return path.tables().macs().stream()
        .filter(known -> known.mac() == mac)
        .mapToInt(BpfTables.MacRecord::owner)
        .findFirst()
        .orElse(-1);
  }

  private static void awaitCount(KernelPath path, FastdpCounter counter) throws LinuxException {
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    while (path.tables().count(counter) == 0) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "nothing was counted as " + counter);
      Thread.onSpinWait();
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
