package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
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
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += out.getShort(i) & 0xffff;
    }
    out.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
  }
}
