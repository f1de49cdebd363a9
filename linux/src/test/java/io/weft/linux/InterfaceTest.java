package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class InterfaceTest {
  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace left;
  private NetworkNamespace right;
  private int[] indexes;

  @BeforeEach
  void makeTwoHosts() throws IOException {
    left = namespaces.create();
    right = namespaces.create();
    indexes = TestNamespaces.join(left, right, "veth0", "10.78.0", 1500);
  }

  @AfterEach
  void removeThem() throws IOException {
    namespaces.close();
  }

  @Test
  void switchesTheChecksumOffloadOffOnVethAndBridge() throws IOException {
    left.perform(() -> {
      assertTrue(Ethtool.txChecksumOffload("veth0"));
      Ethtool.disableTxChecksumOffload("veth0");
      assertFalse(Ethtool.txChecksumOffload("veth0"));
      Ethtool.disableTxChecksumOffload("veth0");
      try (Netlink netlink = Netlink.open()) {
        netlink.links().createBridge("weave");
      }
      Ethtool.disableTxChecksumOffload("weave");
      assertFalse(Ethtool.txChecksumOffload("weave"));
    });
    LinuxException missing =
        assertThrows(LinuxException.class, () -> left.run(() -> Ethtool.txChecksumOffload("no")));
    assertEquals(Errno.ENODEV, missing.errno());
  }

  @Test
  void changesFlagsByName() throws IOException {
    left.perform(() -> {
      InterfaceFlags.setPromiscuous("veth0", true);
      assertEquals(
          Link.PROMISCUOUS | Link.UP, InterfaceFlags.get("veth0") & (Link.PROMISCUOUS | Link.UP));
      InterfaceFlags.setPromiscuous("veth0", false);
      InterfaceFlags.setUp("veth0", false);
      assertEquals(0, InterfaceFlags.get("veth0") & (Link.PROMISCUOUS | Link.UP));
    });
  }

  @Test
  void writesSysctlsOfTheNamespace() throws IOException {
    String key = "net/ipv4/neigh/veth0/ucast_solicit";
    left.perform(() -> {
      Sysctl.write(key, "1");
    });
    assertEquals("1", left.run(() -> Sysctl.read(key)));
    assertEquals("3", right.run(() -> Sysctl.read(key)), "the other namespace is as before");
    IOException missing =
        assertThrows(
            IOException.class, () -> left.run(() -> Sysctl.read("net/ipv4/neigh/none/retrans")));
    assertEquals(
        "cannot read sysctl net/ipv4/neigh/none/retrans: no such key", missing.getMessage());
    assertFalse(left.run(() -> Sysctl.writeIfPresent("net/ipv9/x", "1")));
    assertThrows(IllegalArgumentException.class, () -> Sysctl.read("net/../../etc/passwd"));
  }

  @Test
  void theOtherHostHearsAGratuitousArp() throws IOException {
    MacAddress mac;
    try (Netlink netlink = Netlink.open(left)) {
      mac = netlink.links().get("veth0").mac().orElseThrow();
    }
    Ipv4Address address = Ipv4Address.parse("10.78.0.1");
    try (PacketSocket capture =
            right.run(() -> PacketSocket.open(indexes[1], SocketConstants.ETH_P_ARP));
        Poller poller = Poller.open(1)) {
      capture.setPromiscuous(indexes[1]);
      poller.add(capture, 0);
      left.perform(() -> {
        GratuitousArp.announce(indexes[0], mac, address);
      });
      assertEquals(1, poller.await(10_000));
      ByteBuffer frame = ByteBuffer.allocateDirect(1500);
      assertEquals(42, capture.receive(frame, 0, 1500));
      assertFalse(capture.lastWasOutgoing());
      assertEquals(-1, frame.getInt(0), "broadcast");
      assertEquals(mac.value(), frame.getLong(4) & 0xFFFF_FFFF_FFFFL);
      assertEquals(0x0806, frame.getShort(12));
      assertEquals(address.value(), frame.getInt(28), "sender address");
      assertEquals(address.value(), frame.getInt(38), "target address");
      assertEquals(0, capture.receive(frame, 0, 1500));
    }
  }
}
