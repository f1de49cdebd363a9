package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.Sysctl;
import io.weft.linux.TestNamespaces;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A host with the programs in a real kernel, one container on its bridge, and two neighbours on the
 * wire that are nothing but sockets, so that every byte between them is seen.
 */
final class KernelGround implements AutoCloseable {
  static final int PORT = 6784;
  static final int MTU = 1376;
  static final Ipv4Address HERE = Ipv4Address.parse("192.0.2.1");
  static final Ipv4Address FIRST = Ipv4Address.parse("192.0.2.2");
  static final Ipv4Address SECOND = Ipv4Address.parse("192.0.2.3");
  static final int TIMEOUT_MILLIS = 10_000;
  static final int FRAME_BYTES = 60;
  private static final int ARP_BYTES = 42;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;

  /** An EtherType for local experiments. */
  private static final int NOTHING = 0x88b6;

  private final TestNamespaces namespaces = new TestNamespaces();
  private final NetworkNamespace host;
  private final NetworkNamespace wire;
  private final UdpSocket first;
  private final UdpSocket second;

  /** What a test does on the host. */
  @FunctionalInterface
  interface OnHost {
    void run(KernelPath path) throws IOException;
  }

  KernelGround() {
    try {
      host = namespaces.create();
      wire = namespaces.create();
      build();
      first = listen(FIRST);
      second = listen(SECOND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void build() throws IOException {
    // Else interfaces speak of their own accord, and into our captures.
    host.perform(() -> {
      Sysctl.writeIfPresent("net/ipv6/conf/all/disable_ipv6", "1");
      Sysctl.writeIfPresent("net/ipv6/conf/default/disable_ipv6", "1");
      Sysctl.writeIfPresent("net/ipv4/igmp_link_local_mcast_reports", "0");
    });
    int[] ends = TestNamespaces.join(host, wire, "eth0", "192.0.2", 1500);
    try (Netlink netlink = Netlink.open(wire)) {
      netlink.addresses().add(ends[1], Ipv4Prefix.parse(SECOND + "/32"));
    }
    try (Netlink netlink = Netlink.open(host)) {
      netlink.links().createBridge("weave");
      int bridge = netlink.links().get("weave").index();
      netlink.links().createVethPair("vethwe-bridge", "vethwe-pcap", 1500);
      netlink.links().createVethPair("box", "boxed", 1500);
      for (String port : List.of("vethwe-bridge", "box")) {
        netlink.links().enslave(netlink.links().get(port).index(), bridge);
      }
      for (String link : List.of("weave", "vethwe-bridge", "vethwe-pcap", "box", "boxed")) {
        netlink.links().setUp(netlink.links().get(link).index());
      }
    }
  }

  /** The socket of the neighbour at {@link #FIRST}. */
  UdpSocket first() {
    return first;
  }

  /** The socket of the neighbour at {@link #SECOND}. */
  UdpSocket second() {
    return second;
  }

  /** All that passes on the wire. */
  PacketSocket capture() throws IOException {
    return wire.run(() -> {
      try (Netlink netlink = Netlink.open()) {
        return PacketSocket.open(netlink.links().get("eth0").index(), PacketSocket.ALL_PROTOCOLS);
      }
    });
  }

  /** The namespace of this host. */
  NetworkNamespace host() {
    return host;
  }

  @Override
  public void close() throws IOException {
    first.close();
    second.close();
    namespaces.close();
  }

  /** Opens the kernel's part for a test, and gives up its handles afterwards. */
  void onHost(OnHost test) throws IOException {
    host.perform(() -> {
      try (KernelPath path = KernelPath.open("vethwe-bridge", PORT)) {
        test.run(path);
      }
    });
  }

  /** Has the programs begin, with one neighbour. */
  static void describe(KernelPath path, int self, int neighbour, Ipv4Address at)
      throws IOException {
    path.tables().putRoute(self, Layout.ROUTE_SELF);
    neighbour(path, neighbour, at);
    path.tables().putTree(self, new Tree(List.of(neighbour), false));
    path.tables().putConfig(self, path.portIndex(), path.puntIndex(), true);
  }

  /** Adds a neighbour that is reached directly. */
  static void neighbour(KernelPath path, int shortId, Ipv4Address at) throws IOException {
    path.tables().putHop(shortId, Hop.vxlan(MTU, path.openPort(PORT), at.value(), HERE.value()));
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

  /** A neighbour sends a datagram to this host. */
  static void send(UdpSocket socket, byte[] payload) {
    ByteBuffer data = ByteBuffer.allocateDirect(payload.length).put(0, payload);
    assertEquals(
        payload.length, socket.sendTo(data, 0, payload.length, HERE.value(), PORT), "bytes sent");
  }

  /** The next frame of the test; what the bridge itself says to groups passes here, too. */
  static String receive(UdpSocket socket) throws LinuxException {
    byte[] payload = receiveAny(socket);
    while (isOfTheBridge(payload)) {
      payload = receiveAny(socket);
    }
    return hex(payload);
  }

  /** The next frame to a hardware address. */
  static String receiveTo(UdpSocket socket, long mac) throws LinuxException {
    byte[] payload = receiveAny(socket);
    while (ByteBuffer.wrap(payload).getLong(FastdpProtocol.VXLAN_BYTES) >>> 16 != mac) {
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

  /** The frame in a datagram of a vector. */
  static byte[] frame(byte[] datagram) {
    byte[] frame = Arrays.copyOfRange(datagram, FastdpProtocol.VXLAN_BYTES, datagram.length);
    assertEquals(ARP_BYTES, frame.length);
    return frame;
  }

  /** A frame that says nothing, of least length. */
  static byte[] frame(long destination, long source) {
    return ByteBuffer.allocate(FRAME_BYTES)
        .putLong(0, destination << 16 | source >>> 32)
        .putInt(8, (int) source)
        .putShort(12, (short) NOTHING)
        .array();
  }

  /** All that the container hears and says. */
  static PacketSocket container() throws IOException {
    try (Netlink netlink = Netlink.open()) {
      return PacketSocket.open(netlink.links().get("boxed").index(), PacketSocket.ALL_PROTOCOLS);
    }
  }

  /** The container sends a frame. */
  static void say(byte[] frame) throws IOException {
    try (PacketSocket socket = container()) {
      ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
      assertEquals(frame.length, socket.send(data, 0, frame.length));
    }
  }

  /** Whether the container hears a frame in time. */
  static boolean hears(PacketSocket socket, byte[] frame) throws LinuxException {
    return next(socket, heard -> Arrays.equals(frame, heard)).isPresent();
  }

  /** The first frame of those that are wanted; none when none comes in time. */
  static Optional<byte[]> next(PacketSocket socket, Predicate<byte[]> wanted)
      throws LinuxException {
    ByteBuffer data = ByteBuffer.allocateDirect(2_000);
    try (Poller poller = Poller.open(1)) {
      poller.add(socket, 0);
      while (poller.await(TIMEOUT_MILLIS) > 0) {
        byte[] heard = new byte[Math.max(socket.receive(data, 0, 2_000), 0)];
        data.get(0, heard);
        if (wanted.test(heard)) {
          return Optional.of(heard);
        }
      }
    }
    return Optional.empty();
  }

  /** Who has an address; -1 for nobody. */
  static int ownerOf(KernelPath path, long mac) throws LinuxException {
    return path.tables().macs().stream()
        .filter(known -> known.mac() == mac)
        .mapToInt(BpfTables.MacRecord::owner)
        .findFirst()
        .orElse(-1);
  }

  /** Waits until something was counted. */
  static void awaitCount(KernelPath path, FastdpCounter counter) throws LinuxException {
    awaitCount(path, counter, 1);
  }

  /** Waits until something was counted so often. */
  static void awaitCount(KernelPath path, FastdpCounter counter, long least) throws LinuxException {
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    while (path.tables().count(counter) < least) {
      assertTrue(System.nanoTime() - deadline < 0, () -> "too few were counted as " + counter);
      Thread.onSpinWait();
    }
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
