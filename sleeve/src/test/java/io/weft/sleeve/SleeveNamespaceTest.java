package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two overlays in two network namespaces, with a wire between them whose MTU is real. */
@RequiresRoot
final class SleeveNamespaceTest {
  private static final byte[] KEY = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
  private static final byte[] DF_FRAME = Vectors.hex("icmp-frag-needed-in");
  private static final byte[] NO_DF_FRAME = Vectors.hex("fragment-in");
  private static final byte[] PATTERN =
      "a pattern that must not be seen".getBytes(StandardCharsets.US_ASCII);
  private static final String NET = "10.99.7";

  private final TestNamespaces namespaces = new TestNamespaces();
  private final NetworkNamespace left;
  private final NetworkNamespace right;
  private int[] links = {};
  private final SleeveRouter a = new SleeveRouter(Vectors.A, address(1));
  private final SleeveRouter b = new SleeveRouter(Vectors.B, address(2));

  SleeveNamespaceTest() throws IOException {
    left = namespaces.create();
    right = namespaces.create();
  }

  @BeforeEach
  void join() throws IOException {
    links = TestNamespaces.join(left, right, "wire", NET, 1500);
  }

  @AfterEach
  void remove() throws IOException {
    a.close();
    b.close();
    namespaces.close();
  }

  @Test
  void findsThePathMtuOfAPlainConnection() throws Exception {
    establish(null, 1);
    awaitMtu(a, 1438);
    awaitMtu(b, 1438);
  }

  @Test
  void findsThePathMtuOfAnEncryptedConnection() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    awaitMtu(b, 1414);
    assertEquals(0, a.count(SleeveCounter.DROPPED_SEND));
  }

  @Test
  void findsASmallerMtu() throws Exception {
    setMtu(left, links[0], 1400);
    setMtu(right, links[1], 1400);
    establish(null, 1);
    awaitMtu(a, 1338);
  }

  @Test
  void searchesAPathWhoseKernelPromisesTooMuch() throws Exception {
    // A packet too long for the far end is dropped in silence, but for a VLAN tag's 4 bytes.
    setMtu(right, links[1], 1300);
    establish(null, 20);
    awaitMtu(a, 1304 - 62);
    awaitMtu(b, 1300 - 62);
    assertTrue(a.reports().isEmpty(), a.reports().toString());
  }

  @Test
  void tellsTheContainerToSendSmallerPackets() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    a.send(DF_FRAME);
    Await.until("answer", a, b, () -> !a.received.isEmpty());
    SleeveRouter.Frame answer = a.received.remove();
    assertEquals(Vectors.B, answer.source());
    assertEquals(Vectors.A, answer.destination());
    ByteBuffer expected = ByteBuffer.allocate(FragmentationNeeded.MAX_BYTES);
    int length = FragmentationNeeded.build(ByteBuffer.wrap(DF_FRAME), 0, 1414, expected);
    assertArrayEquals(Vectors.bytes(expected, 0, length), answer.bytes());
    assertEquals(1, a.count(SleeveCounter.FRAGMENTATION_NEEDED_SENT));
    assertTrue(b.received.isEmpty());
  }

  @Test
  void dropsABroadcastThatIsTooBigAndMayNotBeFragmented() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    a.send(DF_FRAME, true);
    assertEquals(1, a.count(SleeveCounter.DROPPED_TOO_BIG));
    assertEquals(0, a.count(SleeveCounter.FRAGMENTATION_NEEDED_SENT));
    assertTrue(a.received.isEmpty() && b.received.isEmpty());
  }

  @Test
  void cutsFramesItselfWhereFragmentsAreLost() throws Exception {
    setMtu(right, links[1], 1300);
    establish(null, 20);
    awaitMtu(a, 1304 - 62);
    a.send(NO_DF_FRAME);
    Ipv4Fragments pieces = new Ipv4Fragments();
    assertTrue(pieces.begin(ByteBuffer.wrap(NO_DF_FRAME), 0, 1304 - 62));
    int count = 0;
    for (int length = pieces.next(); length > 0; length = pieces.next()) {
      Await.until("piece " + count, a, b, () -> !b.received.isEmpty());
      assertArrayEquals(
          Vectors.bytes(pieces.buffer(), 0, length), b.received.remove().bytes(), "piece " + count);
      count++;
    }
    assertTrue(count > 1, "pieces: " + count);
    assertEquals(1, a.count(SleeveCounter.FRAMES_FRAGMENTED));
  }

  @Test
  void leavesFragmentsToTheKernelOnceTheyAreKnownToArrive() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    Await.until(
        "whole frame",
        a,
        b,
        () -> {
          b.received.clear();
          a.send(NO_DF_FRAME);
          Await.until("frame", a, b, () -> !b.received.isEmpty());
          return b.received.remove().bytes().length == NO_DF_FRAME.length;
        });
  }

  @Test
  void sendsDatagramsOneByOneOnceRunsOfThemAreRefused() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      byte[] frame = Arrays.copyOf(DF_FRAME, 1_400);
      ByteBuffer.wrap(frame)
          .putShort(Ipv4.HEADER + Ipv4.TOTAL_LENGTH, (short) (1_400 - Ipv4.HEADER))
          .put(1_399, (byte) i);
      frames.add(frame);
    }
    exchange(frames);
    assertEquals(0, a.count(SleeveCounter.RUNS_REFUSED));
    assertFalse(a.forwarder().attributes().containsKey("udp-gso"));

    // The kernel refuses runs from such a socket as from a device that cannot compute checksums.
    PeerSocket socket = ((SleeveForwarder) a.forwarder()).dontFragmentSocket();
    Objects.requireNonNull(socket).socket().disableChecksum();
    exchange(frames);
    exchange(frames);
    assertEquals(1, a.count(SleeveCounter.RUNS_REFUSED));
    assertEquals("off", a.forwarder().attributes().get("udp-gso"));
    assertFalse(b.forwarder().attributes().containsKey("udp-gso"), "only where it was refused");
    assertTrue(a.reports().isEmpty(), a.reports().toString());
    assertEquals(0, a.count(SleeveCounter.DROPPED_SEND));
  }

  private void exchange(List<byte[]> frames) {
    a.send(frames);
    Await.until("frames", a, b, () -> b.received.size() == frames.size());
    for (byte[] frame : frames) {
      assertArrayEquals(frame, b.received.remove().bytes());
    }
  }

  @Test
  void showsNoPlaintextOnTheWireWhenEncrypted() throws Exception {
    establish(KEY, 1);
    awaitMtu(a, 1414);
    byte[] wire = wireWhileSending();
    assertTrue(wire.length > 20 * DF_FRAME.length / 2, "the capture sees the datagrams");
    assertEquals(-1, indexOf(wire, PATTERN));
  }

  @Test
  void showsPlaintextOnTheWireWithoutAKey() throws Exception {
    establish(null, 1);
    awaitMtu(a, 1438);
    assertTrue(indexOf(wireWhileSending(), PATTERN) > 0, "or the test above would prove nothing");
  }

  private byte[] wireWhileSending() throws Exception {
    PacketSocket capture = right.run(() -> PacketSocket.open(links[1], PacketSocket.ALL_PROTOCOLS));
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    try (capture) {
      byte[] frame = new byte[800];
      frame[0] = 2;
      System.arraycopy(PATTERN, 0, frame, 100, PATTERN.length);
      for (int i = 0; i < 20; i++) {
        a.send(frame);
      }
      Await.until("frames", a, b, () -> b.received.size() >= 20);
      ByteBuffer packet = ByteBuffer.allocateDirect(65_535);
      for (int n = capture.receive(packet, 0, packet.capacity());
          n > 0;
          n = capture.receive(packet, 0, packet.capacity())) {
        wire.writeBytes(Vectors.bytes(packet, 0, n));
      }
    }
    return wire.toByteArray();
  }

  private void establish(byte @Nullable [] key, int timeScale) throws Exception {
    a.in(left).faster(timeScale).start();
    b.in(right).faster(timeScale).start();
    SleeveRouter.connect(a, b, key, key);
    b.confirm();
    a.confirm();
    Await.until("established", a, b, () -> a.isEstablished() && b.isEstablished());
  }

  private void awaitMtu(SleeveRouter router, int mtu) {
    Await.until(
        "MTU " + mtu + ", last " + router.forwarder().attributes(),
        a,
        b,
        () -> Objects.equals(router.forwarder().attributes().get("mtu"), mtu));
  }

  private static void setMtu(NetworkNamespace namespace, int link, int mtuBytes)
      throws IOException {
    try (Netlink netlink = Netlink.open(namespace)) {
      netlink.links().setMtu(link, mtuBytes);
    }
  }

  private static int indexOf(byte[] haystack, byte[] needle) {
    String text = new String(haystack, StandardCharsets.ISO_8859_1);
    return text.indexOf(new String(needle, StandardCharsets.ISO_8859_1));
  }

  private static InetSocketAddress address(int last) {
    try {
      byte[] octets =
          ByteBuffer.allocate(4).putInt(Ipv4Address.parse(NET + "." + last).value()).array();
      return new InetSocketAddress(InetAddress.getByAddress(octets), 6783);
    } catch (IOException e) {
      throw new IllegalStateException("four octets are an address", e);
    }
  }
}
