package io.weft.router.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.TapDevice;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bridge in a network namespace of its own; needs root. */
final class BridgeTest {
  private static final PeerName NAME = new PeerName(0x7a0000000001L);

  private final String namespaceName = "weft-bridge-" + ProcessHandle.current().pid();
  private NetworkNamespace namespace;

  @BeforeEach
  void createNamespace() throws IOException {
    namespace = NetworkNamespace.create(namespaceName);
  }

  @AfterEach
  void deleteNamespace() throws IOException {
    namespace.close();
    NetworkNamespace.delete(namespaceName);
  }

  @Test
  void isMadeOnceAndAdoptedAfterwards() throws Exception {
    inNamespace(netlink -> {
      Bridge.ensure(netlink, "weave", NAME, 0);
      Bridge.ensureVethPair(netlink, "weave", 0);
      Link bridge = netlink.links().get("weave");
      Link port = netlink.links().get(Bridge.BRIDGE_PORT);
      Bridge.ensure(netlink, "weave", NAME, 0);
      Bridge.ensureVethPair(netlink, "weave", 0);
      assertEquals(bridge.index(), netlink.links().get("weave").index());
      assertEquals(port.index(), netlink.links().get(Bridge.BRIDGE_PORT).index());
      assertEquals(NAME, Bridge.existingName(netlink, "weave"));
      assertEquals(65_535, bridge.mtuBytes());
      assertEquals(65_535, port.mtuBytes());
      assertEquals(bridge.index(), port.masterIndex());
      assertTrue(bridge.isUp() && port.hasCarrier());
      assertFalse(Ethtool.txChecksumOffload("weave"));
      assertFalse(Ethtool.txChecksumOffload(Bridge.BRIDGE_PORT), "libpcap sees whole frames");
    });
  }

  @Test
  void takesAConfiguredMtu() throws Exception {
    inNamespace(netlink -> {
      Bridge.ensure(netlink, "other", NAME, 1410);
      Bridge.ensureVethPair(netlink, "other", 1410);
      assertEquals(1410, netlink.links().get("other").mtuBytes());
      Link capture = netlink.links().get(Bridge.CAPTURE_PORT);
      assertEquals(Bridge.DEFAULT_MTU_BYTES, capture.mtuBytes(), "it takes frames of any size");
    });
  }

  @Test
  void aTapTakesThePlaceOfTheVethPairAndTheReverse() throws Exception {
    inNamespace(netlink -> {
      Bridge.ensure(netlink, "weave", NAME, 0);
      Bridge.ensureVethPair(netlink, "weave", 0);
      Bridge.removeVethPair(netlink);
      int bridge = netlink.links().get("weave").index();
      try (TapDevice tap = TapDevice.open(Bridge.BRIDGE_PORT)) {
        Bridge.attachTap(netlink, "weave", 0);
        Link port = netlink.links().get(tap.name());
        assertEquals("tun", port.kind());
        assertEquals(bridge, port.masterIndex());
        assertEquals(TapDevice.MTU_MAX, port.mtuBytes());
        assertEquals(65_535, netlink.links().get("weave").mtuBytes());
        assertTrue(port.isUp());
        assertThrows(IOException.class, () -> Bridge.removeVethPair(netlink), "it is in use");
        assertThrows(IOException.class, () -> Bridge.ensureVethPair(netlink, "weave", 0));
      }
      Bridge.ensureVethPair(netlink, "weave", 0);
      assertEquals(bridge, netlink.links().get(Bridge.BRIDGE_PORT).masterIndex());
    });
  }

  @Test
  void refusesAnInterfaceOfAnotherType() throws Exception {
    inNamespace(netlink -> {
      netlink.links().createVethPair("weave", "weavepeer", 1500);
      IOException refused =
          assertThrows(IOException.class, () -> Bridge.ensure(netlink, "weave", NAME, 0));
      assertTrue(String.valueOf(refused.getMessage()).contains("of type veth"));
    });
  }

  @Test
  void refusesTheDatapathOfTheOriginal() throws Exception {
    inNamespace(netlink -> {
      netlink.links().createBridge("datapath");
      IOException refused =
          assertThrows(IOException.class, () -> Bridge.refuseDatapath(netlink, "datapath"));
      assertTrue(String.valueOf(refused.getMessage()).contains("bridged_fastdp"));
      Bridge.refuseDatapath(netlink, "other");
    });
  }

  @Test
  void leavesNothingWhenItIsRemoved() throws Exception {
    inNamespace(netlink -> {
      Bridge.ensure(netlink, "weave", NAME, 0);
      Bridge.remove(netlink, "weave");
      Bridge.remove(netlink, "weave");
      assertEquals(
          1, netlink.links().list().size(), "only the loopback: " + netlink.links().list());
    });
  }

  @Test
  void findsRoutesThatTheRangeWouldHide() throws Exception {
    inNamespace(netlink -> {
      Bridge.ensure(netlink, "weave", NAME, 0);
      netlink.links().createVethPair("up0", "up1", 1500);
      int uplink = netlink.links().get("up0").index();
      netlink.links().setUp(uplink);
      netlink.addresses().add(uplink, Ipv4Prefix.parse("10.40.1.1/24"));
      int bridge = netlink.links().get("weave").index();
      netlink.addresses().add(bridge, Ipv4Prefix.parse("10.36.0.1/16"));
      assertEquals(
          Optional.of("10.40.1.0/24"),
          RangeCheck.overlap(netlink, Cidr.parse("10.32.0.0/12"), "weave"));
      assertEquals(
          Optional.empty(), RangeCheck.overlap(netlink, Cidr.parse("10.36.0.0/16"), "weave"));
    });
  }

  /** What a test does inside the namespace. */
  @FunctionalInterface
  private interface Step {
    void run(Netlink netlink) throws Exception;
  }

  private void inNamespace(Step step) throws Exception {
    namespace.<Boolean, Exception>run(() -> {
      try (Netlink netlink = Netlink.open()) {
        step.run(netlink);
      }
      return true;
    });
  }
}
