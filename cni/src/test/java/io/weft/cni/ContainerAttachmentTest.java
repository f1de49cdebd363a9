package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.RequiresRoot;
import io.weft.linux.Route;
import io.weft.linux.Sysctl;
import io.weft.linux.TapDevice;
import io.weft.linux.TestNamespaces;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class ContainerAttachmentTest {
  private static final Ipv4Prefix FIRST = Ipv4Prefix.parse("10.32.0.1/12");
  private static final Ipv4Prefix SECOND = Ipv4Prefix.parse("10.32.0.2/12");
  private static final AttachmentSettings SETTINGS = AttachmentSettings.defaults();
  private static final int BRIDGE_MTU = 1400;

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;
  private NetworkNamespace inside;
  private ContainerNamespace container;

  @BeforeEach
  void makeAHostWithABridgeAndAContainer() throws IOException {
    host = namespaces.create();
    try (Netlink netlink = Netlink.open(host)) {
      netlink.links().createBridge("weave");
      Link bridge = netlink.links().get("weave");
      netlink.links().setMac(bridge.index(), MacAddress.parse("7a:f4:56:87:76:3b"));
      netlink.links().setMtu(bridge.index(), BRIDGE_MTU);
      netlink.links().setUp(bridge.index());
    }
    inside = namespaces.create();
    container = ContainerNamespace.open("netns:/run/netns/" + namespaces.lastName());
  }

  @AfterEach
  void removeAll() throws IOException {
    container.close();
    namespaces.close();
  }

  @Test
  void makesThePairWithAllItsSettings() throws IOException {
    assertEquals(List.of(FIRST), attach(SETTINGS, FIRST));
    try (Netlink outer = Netlink.open(host);
        Netlink inner = Netlink.open(inside)) {
      Link port = outer.links().get("vethwepl" + container.id());
      assertEquals(outer.links().get("weave").index(), port.masterIndex());
      assertTrue(port.hairpin());
      assertTrue(port.isUp());
      Link ethwe = inner.links().get("ethwe");
      assertTrue(ethwe.isUp() && ethwe.hasCarrier());
      assertEquals(BRIDGE_MTU, ethwe.mtuBytes());
      assertEquals(List.of(FIRST), inner.addresses().list(ethwe.index()));
      Route multicast = Route.onLink(Ipv4Prefix.MULTICAST, ethwe.index());
      assertTrue(inner.routes().list().contains(multicast));
    }
    inside.perform(() -> {
      assertFalse(Ethtool.txChecksumOffload("ethwe"));
      assertEquals("5", Sysctl.read("net/ipv4/neigh/ethwe/base_reachable_time"));
      assertEquals("2", Sysctl.read("net/ipv4/neigh/ethwe/delay_first_probe_time"));
      assertEquals("1", Sysctl.read("net/ipv4/neigh/ethwe/ucast_solicit"));
    });
  }

  @Test
  void keepsTheOffloadsWhereTheRouterTakesSuperFrames() throws IOException {
    try (TapDevice port = host.run(() -> TapDevice.open("vethwe-bridge"))) {
      assertEquals(List.of(FIRST), attach(SETTINGS, FIRST), "with " + port.name());
    }
    inside.perform(() -> assertTrue(Ethtool.txChecksumOffload("ethwe")));
  }

  @Test
  void carriesDatagramsBetweenTwoContainers() throws IOException {
    attach(SETTINGS, FIRST);
    NetworkNamespace other = namespaces.create();
    try (ContainerNamespace second = ContainerNamespace.open(namespaces.lastName())) {
      host.run(() -> new ContainerAttachment(second, SETTINGS).attach(List.of(SECOND)));
      try (UdpSocket receiver = other.run(UdpSocket::open);
          UdpSocket sender = inside.run(UdpSocket::open);
          Poller poller = Poller.open(1)) {
        receiver.bind(Ipv4Address.ANY, 9000);
        poller.add(receiver, 0);
        ByteBuffer data = ByteBuffer.allocateDirect(1000);
        assertEquals(1000, sender.sendTo(data, 0, 1000, SECOND.address().value(), 9000));
        assertEquals(1, poller.await(10_000));
        ReceiveVector received = new ReceiveVector(1, 2000);
        assertEquals(1, receiver.receive(received));
        assertEquals(FIRST.address().value(), received.sourceAddress(0));
        assertEquals(1000, received.length(0));
      }
    }
  }

  @Test
  void anAttachedContainerOnlyGetsWhatItLacks() throws IOException {
    attach(SETTINGS, FIRST);
    int index = ethwe().orElseThrow().index();
    assertEquals(List.of(SECOND), attach(SETTINGS, FIRST, SECOND, SECOND));
    assertEquals(List.of(), attach(SETTINGS, FIRST, SECOND));
    assertEquals(index, ethwe().orElseThrow().index(), "the same interface");
    assertEquals(List.of(FIRST, SECOND), new ContainerAttachment(container, SETTINGS).addresses());
  }

  @Test
  void detachingTheFirstAddressKeepsTheOthersAndTheLastTakesTheInterface() throws IOException {
    attach(SETTINGS, FIRST, SECOND);
    assertEquals(List.of(FIRST), detach(FIRST));
    assertEquals(List.of(SECOND), new ContainerAttachment(container, SETTINGS).addresses());
    assertEquals(List.of(), detach(FIRST));
    assertEquals(List.of(SECOND), detach(SECOND));
    assertEquals(Optional.empty(), ethwe());
    try (Netlink outer = Netlink.open(host)) {
      assertEquals(Optional.empty(), outer.links().find("vethwepl" + container.id()));
    }
    assertEquals(List.of(), detach(SECOND));
    assertEquals(List.of(FIRST), attach(SETTINGS, FIRST), "and it can be attached again");
  }

  @Test
  void honoursMtuAndMulticastSettings() throws IOException {
    attach(SETTINGS.withMtuBytes(1300).withMulticastRoute(false), FIRST);
    assertEquals(1300, ethwe().orElseThrow().mtuBytes());
    try (Netlink inner = Netlink.open(inside)) {
      assertTrue(
          inner.routes().list().stream()
              .noneMatch(route -> route.destination().equals(Ipv4Prefix.MULTICAST)));
    }
  }

  @Test
  void refusesTheHostItselfAndAMissingBridge() throws IOException {
    AttachmentException self =
        assertThrows(
            AttachmentException.class,
            () ->
                inside.run(
                    () -> new ContainerAttachment(container, SETTINGS).attach(List.of(FIRST))));
    assertEquals("container is in host network namespace, cannot attach", self.getMessage());
    AttachmentException missing =
        assertThrows(AttachmentException.class, () -> attach(SETTINGS.withBridge("other"), FIRST));
    assertEquals("bridge other not present, did you launch weave?", missing.getMessage());
  }

  @Test
  void aFailureLeavesThingsAsTheyWere() throws IOException {
    // The loopback interface takes no ports: the pair exists by then.
    assertThrows(LinuxException.class, () -> attach(SETTINGS.withBridge("lo"), FIRST));
    try (Netlink outer = Netlink.open(host)) {
      List<String> names = outer.links().list().stream().map(Link::name).sorted().toList();
      assertEquals(List.of("lo", "weave"), names);
    }
    assertEquals(Optional.empty(), ethwe());
    assertEquals(List.of(FIRST), attach(SETTINGS, FIRST));
  }

  @Test
  void anAttachmentKilledHalfWayIsNoObstacle() throws IOException {
    try (Netlink outer = Netlink.open(host)) {
      String id = container.id();
      outer.links().createVethPair("vethwepl" + id, "vethwepg" + id, 1500);
    }
    assertEquals(List.of(FIRST), attach(SETTINGS, FIRST));
  }

  @Test
  void anInterfaceOfAnotherContainerWithTheSameIdIsNotTouched() throws IOException {
    attach(SETTINGS, FIRST);
    namespaces.create();
    Path path = Path.of("/run/netns", namespaces.lastName());
    try (ContainerNamespace second = ContainerNamespace.open(path, container.id())) {
      ContainerAttachment attachment = new ContainerAttachment(second, SETTINGS);
      assertThrows(LinuxException.class, () -> host.run(() -> attachment.attach(List.of(SECOND))));
    }
    assertTrue(ethwe().orElseThrow().hasCarrier());
  }

  @Test
  void namesTheContainerAfterProcessOrNamespace() throws IOException {
    assertTrue(container.id().matches("[0-9a-z]{1,7}"), container.id());
    try (ContainerNamespace again = ContainerNamespace.open("netns:" + namespaces.lastName());
        ContainerNamespace own =
            ContainerNamespace.open(Long.toString(ProcessHandle.current().pid()));
        ContainerNamespace named =
            ContainerNamespace.open(Path.of("/proc/self/ns/net"), "8c1f0a77be21")) {
      assertEquals(container.id(), again.id());
      assertEquals(Long.toString(ProcessHandle.current().pid()), own.id());
      assertEquals("8c1f0a7", named.id());
    }
    for (String text : List.of("", "netns:", "a b", "netns:../x")) {
      assertThrows(IllegalArgumentException.class, () -> ContainerNamespace.open(text), text);
    }
  }

  private List<Ipv4Prefix> attach(AttachmentSettings settings, Ipv4Prefix... addresses)
      throws IOException {
    ContainerAttachment attachment = new ContainerAttachment(container, settings);
    return host.run(() -> attachment.attach(List.of(addresses)));
  }

  private List<Ipv4Prefix> detach(Ipv4Prefix... addresses) throws IOException {
    ContainerAttachment attachment = new ContainerAttachment(container, SETTINGS);
    return host.run(() -> attachment.detach(List.of(addresses)));
  }

  private Optional<Link> ethwe() throws IOException {
    try (Netlink inner = Netlink.open(inside)) {
      return inner.links().find("ethwe");
    }
  }
}
