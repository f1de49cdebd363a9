package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class TapDeviceTest {
  private static final int WAIT_MILLIS = 100;
  private static final int ATTEMPTS = 100;
  private static final int ETHERNET_BYTES = 14;
  private static final int HEADERS_BYTES = ETHERNET_BYTES + 20 + 20;
  private static final int ROOM = 65_535;
  private static final int UDP_BYTES = 60;
  private static final int FLOWS = 64;
  private static final int FIRST_PORT = 5_000;

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;

  @BeforeEach
  void makeHost() throws IOException {
    host = namespaces.create();
  }

  @AfterEach
  void removeIt() throws IOException {
    namespaces.close();
  }

  @Test
  void aSuperFrameCrossesABridgeWhole() throws IOException {
    try (TapDevice in = host.run(() -> TapDevice.open("tap-in"));
        TapDevice out = host.run(() -> TapDevice.open("tap-out"));
        Poller poller = Poller.open(1)) {
      bridge("tap-in", "tap-out");
      poller.add(out, 3);
      int payload = 40_000;
      ByteBuffer slab = ByteBuffer.allocateDirect(100_000);
      for (int i = 0; i < payload; i++) {
        slab.put(1000 + i, (byte) (i * 31));
      }
      VnetFrame sent = new VnetFrame(2);
      putTcpHeaders(sent.prefix(), payload);
      sent.setPrefixBytes(HEADERS_BYTES);
      sent.add(slab, 1000, 10_000);
      sent.add(slab, 11_000, 30_000);
      sent.setHeader(
          VnetFrame.NEEDS_CHECKSUM,
          VnetFrame.GSO_TCP4,
          HEADERS_BYTES,
          1400,
          ETHERNET_BYTES + 20,
          16);
      VnetFrame received = new VnetFrame(1);
      ByteBuffer room = ByteBuffer.allocateDirect(ROOM);
      received.add(room, 0, ROOM);
      int length = cross(in, sent, HEADERS_BYTES + payload, out, poller, received, room);
      assertEquals(HEADERS_BYTES + payload, length);
      assertEquals(VnetFrame.GSO_TCP4, received.kind());
      assertEquals(1400, received.segmentBytes());
      assertEquals(VnetFrame.NEEDS_CHECKSUM, received.flags());
      assertEquals(ETHERNET_BYTES + 20, received.checksumStart());
      assertEquals(16, received.checksumOffset());
      assertEquals(
          slab.slice(1000, payload), room.slice(HEADERS_BYTES, payload), "the payload arrives");
    }
  }

  @Test
  void readingWithoutAFrameReturnsZero() throws IOException {
    try (TapDevice tap = host.run(() -> TapDevice.open("tap%d"))) {
      assertEquals("tap0", tap.name());
      VnetFrame frame = new VnetFrame(1);
      frame.add(ByteBuffer.allocateDirect(ROOM), 0, ROOM);
      assertEquals(0, tap.read(frame));
    }
  }

  @Test
  void writingToAnInterfaceThatIsDownIsAnError() throws IOException {
    try (TapDevice tap = host.run(() -> TapDevice.open("tap0"))) {
      VnetFrame frame = new VnetFrame(1);
      frame.add(ByteBuffer.allocateDirect(100), 0, 100);
      assertEquals(-Errno.EIO, tap.write(frame));
    }
  }

  @Test
  void aSecondDeviceOfTheSameNameIsRefused() throws IOException {
    try (TapDevice tap = host.run(() -> TapDevice.open("tap0"))) {
      LinuxException refused =
          assertThrows(
              LinuxException.class, () -> host.run(() -> TapDevice.open(tap.name()).name()));
      assertEquals(Errno.EBUSY, refused.errno());
    }
  }

  @Test
  void theInterfaceGoesWithTheDeviceAndTellsItsLargestSuperFrame() throws IOException {
    try (Netlink netlink = Netlink.open(host)) {
      try (TapDevice tap = host.run(() -> TapDevice.open("tap0"))) {
        Link link = netlink.links().get(tap.name());
        assertEquals("tun", link.kind());
        assertTrue(link.gsoMaxBytes() > 1500, "gso_max_size is " + link.gsoMaxBytes());
        netlink.links().setGsoMax(link.index(), 32_000);
        netlink.links().setMtu(link.index(), TapDevice.MTU_MAX);
        Link changed = netlink.links().get(tap.name());
        assertEquals(32_000, changed.gsoMaxBytes());
        assertEquals(TapDevice.MTU_MAX, changed.mtuBytes());
      }
      assertTrue(netlink.links().find("tap0").isEmpty());
    }
  }

  @Test
  void aFlowKeepsItsQueueWhereverItsAnswersAreWritten() throws IOException {
    try (TapDevice in = host.run(() -> TapDevice.open("tap-in"))) {
      List<TapDevice> queues = host.run(() -> TapDevice.open("tap-out", 4));
      try {
        host.perform(() -> queues.getFirst().steerByFlow());
        bridge("tap-in", "tap-out");
        VnetFrame frame = new VnetFrame(1);
        ByteBuffer slab = ByteBuffer.allocateDirect(ROOM);
        frame.add(slab, 0, UDP_BYTES);
        int[] queueOf = new int[FLOWS];
        Arrays.fill(queueOf, -1);
        putUdp(slab, 0, false);
        assertTrue(crosses(in, frame, queues), "the bridge works");
        for (int round = 0; round < 3; round++) {
          for (int flow = 0; flow < FLOWS; flow++) {
            // The answer comes by any queue, which the kernel alone would take for the flow's.
            putUdp(slab, flow, true);
            assertTrue(queues.get((flow + round) % queues.size()).write(frame) > 0);
            putUdp(slab, flow, false);
            assertTrue(in.write(frame) > 0);
            int queue = queueWith(queues, flow);
            assertTrue(queueOf[flow] < 0 || queueOf[flow] == queue, "flow " + flow);
            queueOf[flow] = queue;
          }
        }
        assertEquals(4, Arrays.stream(queueOf).distinct().count(), "all queues are used");
      } finally {
        queues.forEach(TapDevice::close);
      }
    }
  }

  @Test
  void severalQueuesDoNotJoinAnInterfaceThatIsThere() throws IOException {
    List<TapDevice> queues = host.run(() -> TapDevice.open("tap0", 2));
    try {
      LinuxException refused =
          assertThrows(LinuxException.class, () -> host.run(() -> TapDevice.open("tap0", 2)));
      assertEquals(Errno.EBUSY, refused.errno());
    } finally {
      queues.forEach(TapDevice::close);
    }
  }

  private static boolean crosses(TapDevice in, VnetFrame frame, List<TapDevice> queues)
      throws IOException {
    try (Poller poller = Poller.open(queues.size())) {
      for (int i = 0; i < queues.size(); i++) {
        poller.add(queues.get(i), i);
      }
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        in.write(frame);
        while (poller.await(WAIT_MILLIS) > 0) {
          int seen = queueWith(queues, 0);
          if (seen >= 0) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** Empties the queues; which of them had a frame of this flow, or -1. */
  private static int queueWith(List<TapDevice> queues, int flow) {
    VnetFrame frame = new VnetFrame(1);
    ByteBuffer room = ByteBuffer.allocateDirect(ROOM);
    int found = -1;
    for (int i = 0; i < queues.size(); i++) {
      frame.clear();
      frame.add(room, 0, ROOM);
      while (queues.get(i).read(frame) > 0) {
        if (room.getShort(12) == 0x0800 && room.getShort(34) == (short) (FIRST_PORT + flow)) {
          found = i;
        }
      }
    }
    return found;
  }

  private static void putUdp(ByteBuffer out, int flow, boolean answer) {
    out.putLong(0, answer ? 0x0200_0000_0002_0200L : 0x0200_0000_0001_0200L);
    out.putInt(8, answer ? 1 : 2);
    out.putShort(12, (short) 0x0800);
    out.putInt(14, 0x4500_0000 | (UDP_BYTES - ETHERNET_BYTES));
    out.putInt(18, 0);
    out.putInt(22, 0x4011_0000);
    out.putInt(26, answer ? 0x0a00_0002 : 0x0a00_0001);
    out.putInt(30, answer ? 0x0a00_0001 : 0x0a00_0002);
    int port = FIRST_PORT + flow;
    out.putInt(34, answer ? 9 << 16 | port : port << 16 | 9);
    out.putInt(38, (UDP_BYTES - ETHERNET_BYTES - 20) << 16);
    putIpv4Checksum(out);
  }

  private void bridge(String... ports) throws IOException {
    try (Netlink netlink = Netlink.open(host)) {
      Links links = netlink.links();
      links.createBridge("br0");
      int bridge = links.get("br0").index();
      for (String port : ports) {
        int index = links.get(port).index();
        links.enslave(index, bridge);
        links.setUp(index);
      }
      links.setUp(bridge);
    }
  }

  /**
   * Writes until the frame arrives: the kernel opens a bridge's port some time after it is up, and
   * its own neighbour discovery may come first.
   */
  private static int cross(
      TapDevice in,
      VnetFrame sent,
      int sentBytes,
      TapDevice out,
      Poller poller,
      VnetFrame received,
      ByteBuffer room) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      assertEquals(VnetFrame.HEADER_BYTES + sentBytes, in.write(sent));
      while (poller.await(WAIT_MILLIS) > 0) {
        int length = out.read(received);
        assertTrue(length >= 0, "read " + length);
        if (length > HEADERS_BYTES && room.getShort(12) == 0x0800) {
          return length;
        }
      }
    }
    return 0;
  }

  private static void putTcpHeaders(ByteBuffer out, int payload) {
    out.putLong(0, 0x0200_0000_0001_0200L);
    out.putInt(8, 2);
    out.putShort(12, (short) 0x0800);
    out.putInt(14, 0x4500_0000 | (40 + payload));
    out.putInt(18, 0x0001_4000);
    out.putInt(22, 0x4006_0000);
    out.putInt(26, 0x0a00_0001);
    out.putInt(30, 0x0a00_0002);
    out.putInt(34, 0x1000_2000);
    out.putInt(38, 1);
    out.putInt(42, 1);
    out.putInt(46, 0x5010_1000);
    out.putInt(50, 0);
    // A bridge that shows its frames to iptables drops those with a wrong checksum.
    putIpv4Checksum(out);
  }

  private static void putIpv4Checksum(ByteBuffer out) {
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += out.getShort(i) & 0xffff;
    }
    out.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
  }
}
