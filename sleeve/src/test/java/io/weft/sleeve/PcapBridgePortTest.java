package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Capture and injection on a veth (overlay.md D.3). */
@RequiresRoot
final class PcapBridgePortTest implements FrameSink {
  private static final String PORT = "vethwe-pcap";
  private static final short TEST_TYPE = (short) 0x88b5;
  private static final int LONGEST = 65_535;

  private final TestNamespaces namespaces = new TestNamespaces();
  private final NetworkNamespace host = namespaces.create();
  private final ConcurrentLinkedQueue<byte[]> captured = new ConcurrentLinkedQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(LONGEST);

  PcapBridgePortTest() throws IOException {}

  @BeforeEach
  void makeVeth() throws IOException {
    try (Netlink netlink = Netlink.open(host)) {
      netlink.links().createVethPair("vethwe-bridge", PORT, LONGEST);
      netlink.links().setUp(netlink.links().get("vethwe-bridge").index());
      netlink.links().setUp(netlink.links().get(PORT).index());
    }
  }

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  @Test
  void capturesWhatTheBridgeSendsAndNotWhatItInjects() throws Exception {
    try (PcapBridgePort port = open();
        PacketSocket bridge = bridgeEnd()) {
      port.start(this, Assertions::fail);
      passFirstFrame(bridge);
      for (int length : new int[] {60, 1514, 9_000, 65_535}) {
        byte[] frame = frame(length, 1);
        buffer.put(0, frame);
        assertEquals(length, bridge.send(buffer, 0, length));
        Await.until("frame of " + length, () -> !captured.isEmpty());
        assertArrayEquals(frame, captured.remove());
      }

      FrameBatch batch = new FrameBatch(4, 4 * 65_535);
      for (int length : new int[] {60, 128, 129, 1514}) {
        batch.add(frame(length, 2), 0, length, 1, 2);
      }
      for (int i = 0; i < batch.count(); i++) {
        port.inject(i % Lanes.count(1), batch, i);
        byte[] arrived = receive(bridge);
        assertArrayEquals(frame(batch.length(i), 2), arrived);
      }
      buffer.put(0, frame(60, 3));
      bridge.send(buffer, 0, 60);
      Await.until("the frame behind the injected ones", () -> !captured.isEmpty());
      assertArrayEquals(frame(60, 3), captured.remove());
      assertTrue(captured.isEmpty());
      assertEquals(0, port.injectionsRefused());
      assertTrue(port.captureStatistics()[0] >= 5);
      assertEquals(0, port.captureStatistics()[1]);
      assertEquals("vethwe-pcap (via pcap)", port.description());
    }
  }

  @Test
  void dropsAndCountsWhatIsLongerThanAnyFrameShouldBe() throws Exception {
    try (PcapBridgePort port = host.run(() -> PcapBridgePort.open(PORT, 8, 1_514, 1));
        PacketSocket bridge = bridgeEnd()) {
      port.start(this, Assertions::fail);
      passFirstFrame(bridge);
      for (int length : new int[] {1_514, 9_000, 20_000, 16_000}) {
        buffer.put(0, frame(length, 1));
        assertEquals(length, bridge.send(buffer, 0, length));
      }
      Await.until("the frames that are short enough", () -> captured.size() == 3);
      for (int length : new int[] {1_514, 9_000, 16_000}) {
        assertArrayEquals(frame(length, 1), captured.remove());
      }
      assertEquals(1, port.captureStatistics()[1]);
    }
  }

  @Test
  void handsABurstOverInFewVectors() throws Exception {
    try (PcapBridgePort port = open();
        PacketSocket bridge = bridgeEnd()) {
      // Sent before anybody reads, so that all wait in the ring.
      for (int i = 0; i <= 100; i++) {
        buffer.put(0, frame(60 + i, i));
        bridge.send(buffer, 0, 60 + i);
      }
      VectorCounter counter = new VectorCounter();
      port.start(counter, Assertions::fail);
      Await.until("burst", () -> counter.frames >= 100);
      assertTrue(counter.vectors <= 10, counter.vectors + " vectors for 100 frames");
    }
  }

  @Test
  void hasEndedItsThreadWhenClosedWhileNothingArrives() throws Exception {
    PcapBridgePort port = open();
    port.start(this, Assertions::fail);
    port.close();
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().equals("capture")));
    port.close();
  }

  @Test
  void saysOnceThatItHasEndedWhenItsInterfaceGoesAway() throws Exception {
    ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    try (PcapBridgePort port = open()) {
      port.start(this, faults::add);
      try (Netlink netlink = Netlink.open(host)) {
        netlink.links().delete(netlink.links().get(PORT).index());
      }
      Await.until("the fault", () -> !faults.isEmpty());
    }
    assertEquals(1, faults.size());
    assertTrue(faults.element().startsWith("capture on " + PORT + " has ended: "), faults::element);
  }

  @Test
  void saysWhichInterfaceIsMissing() {
    IOException missing =
        assertThrows(
            IOException.class,
            () -> host.run(() -> PcapBridgePort.open("nothing0", 8, LONGEST, 1)));
    assertTrue(missing.toString().contains("cannot capture on nothing0: "), missing.toString());
  }

  @Override
  public void captured(int lane, FrameBatch frames) {
    assertEquals(Lanes.CAPTURE, lane);
    for (int i = 0; i < frames.count(); i++) {
      // The kernel sends frames of its own on a new interface: only the test's type counts.
      if (frames.slab().getShort(frames.offset(i) + 12) == TEST_TYPE) {
        captured.add(Vectors.bytes(frames.slab(), frames.offset(i), frames.length(i)));
      }
    }
  }

  @Override
  public void received(int lane, FrameBatch frames) {
    throw new IllegalStateException("nothing is received here");
  }

  /** The frame after the filter was set may be lost; see {@link PcapBridgePort}. */
  private void passFirstFrame(PacketSocket bridge) {
    buffer.put(0, frame(60, 9));
    Await.until(
        "capture works",
        () -> {
          bridge.send(buffer, 0, 60);
          return !captured.isEmpty();
        });
    buffer.put(0, frame(61, 9));
    bridge.send(buffer, 0, 61);
    Await.until("all of that", () -> captured.removeIf(frame -> frame.length == 61));
    captured.clear();
  }

  private PcapBridgePort open() throws IOException {
    return host.run(() -> PcapBridgePort.open(PORT, 8, LONGEST, 1));
  }

  private PacketSocket bridgeEnd() throws IOException {
    try (Netlink netlink = Netlink.open(host)) {
      int index = netlink.links().get("vethwe-bridge").index();
      return host.run(() -> PacketSocket.open(index, TEST_TYPE));
    }
  }

  private byte[] receive(PacketSocket bridge) {
    int[] length = new int[1];
    Await.until(
        "injected frame",
        () -> {
          length[0] = bridge.receive(buffer, 0, LONGEST);
          return length[0] > 0 && !bridge.lastWasOutgoing();
        });
    return Vectors.bytes(buffer, 0, length[0]);
  }

  private static byte[] frame(int length, int fill) {
    byte[] frame = new byte[length];
    ByteBuffer.wrap(frame).putInt(0, 0x02000000).putInt(6, 0x02000001).putShort(12, TEST_TYPE);
    for (int i = 14; i < length; i++) {
      frame[i] = (byte) (fill + i);
    }
    return frame;
  }

  private static final class VectorCounter implements FrameSink {
    private volatile int frames;
    private volatile int vectors;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes, the test only reads.
    public void captured(int lane, FrameBatch batch) {
      vectors++;
      frames += batch.count();
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is received here");
    }
  }
}
