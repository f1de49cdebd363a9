package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class NetlinkTest {
  private static final int MAIN_TABLE = 254;

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;
  private Netlink netlink;

  @BeforeEach
  void openHost() throws IOException {
    host = namespaces.create();
    netlink = Netlink.open(host);
  }

  @AfterEach
  void removeAll() throws IOException {
    netlink.close();
    namespaces.close();
  }

  @Test
  void createsABridgeWithPortsAndReadsThemBack() throws IOException {
    Links links = netlink.links();
    links.createBridge("weave");
    Link bridge = links.get("weave");
    MacAddress mac = MacAddress.parse("7a:f4:56:87:76:3b");
    links.setMac(bridge.index(), mac);
    links.createVethPair("left", "right", 1400);
    links.enslave(links.get("left").index(), bridge.index());
    netlink.bridgePorts().setHairpin(links.get("left").index(), true);
    links.setUp(bridge.index());
    links.setUp(links.get("left").index());

    Link seen = links.get("weave");
    assertEquals("bridge", seen.kind());
    assertEquals(Optional.of(mac), seen.mac());
    assertTrue(seen.isUp());
    assertEquals(1400, seen.mtuBytes());
    Link left = links.get("left");
    assertEquals("veth", left.kind());
    assertEquals(bridge.index(), left.masterIndex());
    assertEquals(links.get("right").index(), left.peerIndex());
    assertTrue(left.hairpin());
    assertTrue(left.isUp());
    assertFalse(left.hasCarrier(), "the other end is down");
    List<String> names = links.list().stream().map(Link::name).sorted().toList();
    assertEquals(List.of("left", "lo", "right", "weave"), names);

    netlink.bridgePorts().setHairpin(left.index(), false);
    links.release(left.index());
    assertEquals(0, links.get("left").masterIndex());
    assertFalse(links.get("left").hairpin());
  }

  @Test
  void theKernelsOwnTablesShowWhatWasMade() throws IOException {
    Links links = netlink.links();
    links.createVethPair("left", "right", 1400);
    int index = links.get("left").index();
    links.setUp(index);
    netlink.addresses().add(index, Ipv4Prefix.parse("10.32.0.1/12"));
    String devices = host.run(() -> Files.readString(Path.of("/proc/thread-self/net/dev")));
    assertTrue(devices.contains("left:") && devices.contains("right:"), devices);
    String local = host.run(() -> Files.readString(Path.of("/proc/thread-self/net/fib_trie")));
    assertTrue(local.contains("10.32.0.1"), local);
  }

  @Test
  void changesMtuNameAndState() throws IOException {
    Links links = netlink.links();
    links.createVethPair("left", "right", 1500);
    int index = links.get("left").index();
    links.setMtu(index, 9000);
    links.rename(index, "ethwe");
    links.setUp(index);
    assertEquals(9000, links.get("ethwe").mtuBytes());
    assertEquals(Optional.empty(), links.find("left"));
    links.setDown(index);
    assertFalse(links.find(index).orElseThrow().isUp());
    links.delete(index);
    assertEquals(Optional.empty(), links.find("right"), "the other end goes as well");
  }

  @Test
  void movesAnInterfaceToAnotherNamespaceUnderAnotherName() throws IOException {
    NetworkNamespace container = namespaces.create();
    Links links = netlink.links();
    links.createVethPair("left", "right", 1500);
    links.move(links.get("right").index(), container, "ethwe");
    assertEquals(Optional.empty(), links.find("right"));
    try (Netlink inside = Netlink.open(container)) {
      assertEquals("veth", inside.links().get("ethwe").kind());
    }
  }

  @Test
  void tellsInWhichNamespaceTheOtherEndOfAPairIs() throws IOException {
    NetworkNamespace container = namespaces.create();
    NetworkNamespace stranger = namespaces.create();
    Links links = netlink.links();
    links.createVethPair("left", "right", 1500);
    assertEquals(Link.SAME_NAMESPACE, links.get("left").peerNamespaceId());
    links.move(links.get("right").index(), container, "ethwe");
    Link left = links.get("left");
    assertEquals(OptionalInt.of(left.peerNamespaceId()), links.namespaceId(container));
    assertEquals(OptionalInt.empty(), links.namespaceId(stranger));
    try (Netlink inside = Netlink.open(container)) {
      assertEquals(left.peerIndex(), inside.links().get("ethwe").index());
      assertEquals(left.index(), inside.links().get("ethwe").peerIndex());
    }
  }

  @Test
  void addsListsAndFlushesAddresses() throws IOException {
    int index = netlink.links().get("lo").index();
    Ipv4Prefix first = Ipv4Prefix.parse("10.32.0.1/12");
    Ipv4Prefix second = Ipv4Prefix.parse("10.32.0.2/12");
    Ipv4Prefix host32 = Ipv4Prefix.parse("192.0.2.7/32");
    for (Ipv4Prefix prefix : List.of(first, second, host32)) {
      netlink.addresses().add(index, prefix);
    }
    assertTrue(netlink.addresses().list(index).containsAll(List.of(first, second, host32)));
    LinuxException again =
        assertThrows(LinuxException.class, () -> netlink.addresses().add(index, first));
    assertEquals(Errno.EEXIST, again.errno());
    netlink.addresses().delete(index, host32);
    assertFalse(netlink.addresses().list(index).contains(host32));
    LinuxException gone =
        assertThrows(LinuxException.class, () -> netlink.addresses().delete(index, host32));
    assertEquals(Errno.EADDRNOTAVAIL, gone.errno());
    netlink.addresses().flush(index);
    assertEquals(List.of(), netlink.addresses().list(index));
  }

  @Test
  void addsAndDeletesRoutes() throws IOException {
    netlink.links().createVethPair("left", "right", 1500);
    int index = netlink.links().get("left").index();
    netlink.links().setUp(index);
    netlink.links().setUp(netlink.links().get("right").index());
    netlink.addresses().add(index, Ipv4Prefix.parse("10.1.0.1/24"));
    Ipv4Address gateway = Ipv4Address.parse("10.1.0.254");
    Route multicast = Route.onLink(Ipv4Prefix.MULTICAST, index);
    netlink.routes().add(multicast);
    netlink.routes().add(Route.defaultVia(gateway));
    netlink.routes().add(Route.via(Ipv4Prefix.parse("10.9.0.0/16"), gateway));

    List<Route> routes = netlink.routes().list();
    assertTrue(routes.contains(multicast), routes.toString());
    assertTrue(
        routes.contains(new Route(Ipv4Prefix.EVERYTHING, Optional.of(gateway), index)),
        routes.toString());
    assertTrue(
        routes.contains(Route.onLink(Ipv4Prefix.parse("10.1.0.0/24"), index)),
        "the kernel's own: " + routes);

    netlink.routes().delete(multicast);
    netlink.routes().delete(Route.defaultVia(gateway));
    assertFalse(netlink.routes().list().contains(multicast));
    LinuxException gone =
        assertThrows(LinuxException.class, () -> netlink.routes().delete(multicast));
    assertEquals(Errno.ESRCH, gone.errno());
  }

  @Test
  void routesHaveAttributesAndTables() throws IOException {
    netlink.links().createVethPair("left", "right", 1500);
    int index = netlink.links().get("left").index();
    netlink.links().setUp(index);
    netlink.links().setUp(netlink.links().get("right").index());
    netlink.addresses().add(index, Ipv4Prefix.parse("10.1.0.1/24"));
    Optional<Ipv4Address> gateway = Optional.of(Ipv4Address.parse("10.1.0.254"));
    Ipv4Prefix far = Ipv4Prefix.parse("10.9.0.0/16");
    Route.Attributes narrow = new Route.Attributes(1_200, 1_100, 50, 0, OptionalInt.empty());
    for (int table : new int[] {0, 100, 70_000}) {
      Route route =
          new Route(
              far,
              gateway,
              index,
              new Route.Attributes(1_300, 0, 7, table, OptionalInt.of(table == 100 ? 200 : 0)));
      netlink.routes().add(route);
      netlink.routes().add(new Route(far, gateway, index, withTable(narrow, table)));
      List<Route> listed = netlink.routes().list(table == 0 ? MAIN_TABLE : table);
      assertTrue(listed.contains(route), listed.toString());
      assertTrue(
          listed.contains(new Route(far, gateway, index, withTable(narrow, table))),
          listed.toString());
      netlink.routes().delete(route);
      assertFalse(netlink.routes().list(table == 0 ? MAIN_TABLE : table).contains(route));
    }
    assertEquals(
        1, netlink.routes().list().stream().filter(one -> one.destination().equals(far)).count());
  }

  private static Route.Attributes withTable(Route.Attributes attributes, int table) {
    return new Route.Attributes(
        attributes.mtuBytes(),
        attributes.advertisedMssBytes(),
        attributes.priority(),
        table,
        attributes.scope());
  }

  @Test
  void addsReplacesAndDeletesNeighbours() throws IOException {
    netlink.links().createVethPair("left", "right", 1500);
    int index = netlink.links().get("left").index();
    netlink.links().setUp(index);
    Ipv4Address address = Ipv4Address.parse("10.1.0.9");
    MacAddress mac = MacAddress.parse("02:00:00:00:00:09");
    netlink.neighbours().add(index, address, MacAddress.parse("02:00:00:00:00:08"));
    netlink.neighbours().add(index, address, mac);
    assertEquals(
        List.of(new Neighbours.Neighbour(index, address, mac, true)), netlink.neighbours().list());
    netlink.neighbours().delete(index, address);
    assertEquals(List.of(), netlink.neighbours().list());
  }

  @Test
  void aRefusalSaysWhatWasAttemptedAndTheKernelsReason() throws IOException {
    netlink.links().createBridge("weave");
    LinuxException duplicate =
        assertThrows(LinuxException.class, () -> netlink.links().createBridge("weave"));
    assertEquals(Errno.EEXIST, duplicate.errno());
    assertEquals("EEXIST", duplicate.symbol());
    assertEquals("cannot add bridge weave: File exists (EEXIST)", duplicate.getMessage());

    int bridge = netlink.links().get("weave").index();
    netlink.links().createBridge("second");
    int second = netlink.links().get("second").index();
    LinuxException refused =
        assertThrows(LinuxException.class, () -> netlink.links().enslave(second, bridge));
    assertEquals("ELOOP", refused.symbol());
    assertNotEquals("", refused.kernelText(), "the extended acknowledgement");
    assertEquals(
        "cannot make interface %d a port of %d: Too many levels of symbolic links (ELOOP): %s"
            .formatted(second, bridge, refused.kernelText()),
        refused.getMessage());
  }

  @Test
  void listsManyInterfacesOverSeveralAnswers() throws IOException {
    for (int i = 0; i < 60; i++) {
      netlink.links().createVethPair("a" + i, "b" + i, 1500);
    }
    assertEquals(121, netlink.links().list().size());
  }

  @Test
  void refusesNamesThatTheKernelWouldNotTake() {
    for (String name : List.of("", "sixteencharacter", "a/b", "a b", "..", "a\u0000")) {
      assertThrows(IllegalArgumentException.class, () -> netlink.links().createBridge(name), name);
    }
  }
}
