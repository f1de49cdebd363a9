package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Address;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.sleeve.Await;
import io.weft.sleeve.PeerSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two overlays in two network namespaces, with a wire of 1500 bytes between them. */
@RequiresRoot
final class Sleeve2NamespaceTest {
  private static final String NET = "10.99.8";
  private static final byte[] KEY = Frames.bytes(32, 1);

  private final TestNamespaces namespaces = new TestNamespaces();
  private final Sleeve2Router a;
  private final Sleeve2Router b;
  private final NetworkNamespace left;
  private final NetworkNamespace right;

  Sleeve2NamespaceTest() throws IOException {
    left = namespaces.create();
    right = namespaces.create();
    a = new Sleeve2Router(0x7a_f4_56_87_76_3bL, address(1), true, left);
    b = new Sleeve2Router(0xb2_9c_11_04_5e_d0L, address(2), true, right);
  }

  @BeforeEach
  void establish() throws Exception {
    TestNamespaces.join(left, right, "wire", NET, 1500);
    a.start();
    b.start();
    Sleeve2Router.connect(a, b, KEY, KEY);
    a.confirm();
    b.confirm();
    until("path MTU", () -> mtu(a) == 1420 && mtu(b) == 1420);
  }

  @AfterEach
  void remove() throws IOException {
    a.close();
    b.close();
    namespaces.close();
  }

  @Test
  void sendsDatagramsOneByOneOnceRunsOfThemAreRefused() throws Exception {
    byte[] frame = Frames.bytes(40_000, 3);
    exchange(frame);
    long whole = a.count(Sleeve2Counter.DATAGRAMS_SENT);
    assertTrue(whole > 25, "a frame makes a run: " + whole + " datagrams");
    assertEquals(0, a.count(Sleeve2Counter.RUNS_REFUSED));
    assertFalse(a.forwarder().attributes().containsKey("udp-gso"));

    // The kernel refuses runs from such a socket as from a device that cannot compute checksums.
    PeerSocket socket = ((Sleeve2Forwarder) a.forwarder()).socket();
    Objects.requireNonNull(socket).socket().disableChecksum();
    exchange(frame);
    exchange(frame);
    assertEquals(1, a.count(Sleeve2Counter.RUNS_REFUSED));
    assertEquals("off", a.forwarder().attributes().get("udp-gso"));
    assertEquals(0, a.count(Sleeve2Counter.DROPPED_SEND));
    assertEquals(0, a.count(Sleeve2Counter.DROPPED_PATH_MTU));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_INCOMPLETE));
  }

  /**
   * For such a device older kernels refuse runs (EIO); newer ones, as Linux 6.18, cut them
   * themselves. Either way the frame gets through, and status says what became of runs.
   */
  @Test
  void getsThroughADeviceThatComputesNoChecksums() throws Exception {
    left.perform(() -> Ethtool.disableTxChecksumOffload("wire"));
    byte[] frame = Frames.bytes(40_000, 3);
    exchange(frame);
    exchange(frame);
    long refused = a.count(Sleeve2Counter.RUNS_REFUSED);
    System.out.println("runs refused without checksum offload: " + refused);
    assertTrue(refused <= 1, "runs are given up at the first refusal, not after " + refused);
    assertEquals(refused == 1, a.forwarder().attributes().containsKey("udp-gso"));
    assertEquals(0, a.count(Sleeve2Counter.DROPPED_SEND));
    assertEquals(0, b.count(Sleeve2Counter.DROPPED_INCOMPLETE));
  }

  private void exchange(byte[] frame) {
    assertTrue(a.send(frame));
    until("frame", () -> !b.received.isEmpty());
    assertArrayEquals(frame, b.received.remove().bytes());
  }

  private static int mtu(Sleeve2Router node) {
    return node.forwarder().attributes().get("mtu") instanceof Integer mtu ? mtu : 0;
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

  private static InetSocketAddress address(int last) throws IOException {
    byte[] octets =
        ByteBuffer.allocate(4).putInt(Ipv4Address.parse(NET + "." + last).value()).array();
    return new InetSocketAddress(InetAddress.getByAddress(octets), 6783);
  }
}
