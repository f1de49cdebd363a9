package io.weft.router.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot
class AddressScanTest {
  private static final int BRIDGE_MTU = 1_400;
  private static final PeerName NAME = PeerName.parse("7a:11:22:33:44:55");

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace host;

  @BeforeEach
  void makeHost() throws IOException {
    host = namespaces.create();
    inHost(netlink -> {
      Bridge.ensure(netlink, "weave", NAME, 0);
      return List.of();
    });
  }

  @AfterEach
  void removeAll() throws IOException {
    namespaces.close();
  }

  @Test
  void aBridgeWithoutContainersHasAtMostItsOwnAddresses() throws IOException {
    assertEquals(List.of(), scan(Path.of("/")).addresses());
    inHost(netlink -> {
      int bridge = netlink.links().get("weave").index();
      netlink.addresses().add(bridge, Ipv4Prefix.parse("10.32.0.9/12"));
      return List.of();
    });
    assertEquals(
        List.of(new AddressScan.Found("weave:expose", Ipv4Prefix.parse("10.32.0.9/12"))),
        scan(Path.of("/")).addresses());
  }

  @Test
  void findsAnInterfaceWithoutAnAddress() throws IOException {
    NetworkNamespace attached = namespaces.create();
    attach(attached, "vethweplbare");
    List<AddressScan.Attachment> attachments = scan(Path.of("/")).attachments();
    assertEquals(1, attachments.size(), attachments.toString());
    assertEquals("vethweplbare", attachments.getFirst().port());
    assertEquals(Optional.empty(), attachments.getFirst().address());
  }

  @Test
  void findsWhatContainersHaveOnTheBridgeAndNothingElse() throws IOException {
    NetworkNamespace attached = namespaces.create();
    String byNamespace = "vethwepl" + Long.toString(attached.inode(), 36);
    attach(attached, byNamespace, "10.32.0.1/12", "10.32.0.2/12");
    NetworkNamespace pod = namespaces.create();
    attach(pod, "vethwepl0a1b2c3", "10.32.0.3/12");
    try (Netlink inside = Netlink.open(pod)) {
      inside.addresses().add(inside.links().get("lo").index(), Ipv4Prefix.parse("192.0.2.1/32"));
    }
    NetworkNamespace elsewhere = namespaces.create();
    TestNamespaces.join(host, elsewhere, "uplink", "198.51.100", 1500);

    AddressScan.Result result = scan(Path.of("/"));
    String ident = "netns-" + attached.inode();
    assertEquals(
        Set.of(
            new AddressScan.Found(ident, Ipv4Prefix.parse("10.32.0.1/12")),
            new AddressScan.Found(ident, Ipv4Prefix.parse("10.32.0.2/12")),
            new AddressScan.Found("_", Ipv4Prefix.parse("10.32.0.3/12"))),
        new HashSet<>(result.addresses()));
    assertEquals(3, result.addresses().size());
    assertEquals(0, result.missing());
  }

  @Test
  void aContainerWhoseNamespaceCannotBeFoundIsCounted(@TempDir Path emptyRoot) throws IOException {
    attach(namespaces.create(), "vethwepl0a1b2c3", "10.32.0.3/12");
    Files.createDirectories(emptyRoot.resolve("run/netns"));
    Files.writeString(emptyRoot.resolve("run/netns/left-over"), "");
    AddressScan.Result result = scan(emptyRoot);
    assertEquals(List.of(), result.addresses());
    assertEquals(1, result.missing());
    assertEquals(1, result.unreadable(), "what is no namespace");
  }

  @Test
  void aContainerWhosePortIsOnNoBridgeOrAnotherOneHasItsAddressesStill(@TempDir Path emptyRoot)
      throws IOException {
    attach(namespaces.create(), "vethwepl0a1b2c3", "10.32.0.3/12");
    attach(namespaces.create(), "vethwepl4d5e6f7", "10.32.0.4/12");
    inHost(netlink -> {
      netlink.links().release(netlink.links().get("vethwepl0a1b2c3").index());
      netlink.links().createBridge("other");
      int other = netlink.links().get("other").index();
      netlink.links().enslave(netlink.links().get("vethwepl4d5e6f7").index(), other);
      return List.of();
    });
    AddressScan.Result result = scan(Path.of("/"));
    assertEquals(
        Set.of(
            new AddressScan.Found("_", Ipv4Prefix.parse("10.32.0.3/12")),
            new AddressScan.Found("_", Ipv4Prefix.parse("10.32.0.4/12"))),
        new HashSet<>(result.addresses()));
    assertEquals(List.of(), result.attachments());
    assertEquals(
        Set.of("vethwepl0a1b2c3", "vethwepl4d5e6f7"),
        result.offBridge().stream().map(AddressScan.Attachment::port).collect(Collectors.toSet()));
    assertEquals(2, scan(emptyRoot).missing(), "not to be found");
  }

  @Test
  void anIdentityIsNoGuessWhenOnlyTheNameLooksRight() throws IOException {
    NetworkNamespace pod = namespaces.create();
    String someProcess = Long.toString(ProcessHandle.current().pid());
    assertTrue(someProcess.length() <= 7, someProcess);
    attach(pod, "vethwepl" + someProcess, "10.32.0.3/12");
    assertEquals(
        List.of(new AddressScan.Found("_", Ipv4Prefix.parse("10.32.0.3/12"))),
        scan(Path.of("/")).addresses());
  }

  @Test
  void lowersTheMtuOfWhatWasAttachedWithMore() throws IOException {
    NetworkNamespace larger = namespaces.create();
    attachWith(65_535, larger, "vethwepl1");
    NetworkNamespace smaller = namespaces.create();
    attachWith(1_300, smaller, "vethwepl2");
    NetworkNamespace elsewhere = namespaces.create();
    TestNamespaces.join(host, elsewhere, "uplink", "198.51.100", 1_500);
    assertEquals(1, scan(Path.of("/")).lowered());
    assertEquals(BRIDGE_MTU, mtu(larger, "ethwe"));
    assertEquals(1_300, mtu(smaller, "ethwe"));
    assertEquals(1_500, mtu(elsewhere, "uplink"));
    assertEquals(0, scan(Path.of("/")).lowered(), "a second time");
  }

  private static int mtu(NetworkNamespace namespace, String link) throws IOException {
    try (Netlink inside = Netlink.open(namespace)) {
      return inside.links().get(link).mtuBytes();
    }
  }

  private void attach(NetworkNamespace container, String port, String... addresses)
      throws IOException {
    attachWith(BRIDGE_MTU, container, port, addresses);
  }

  private void attachWith(int mtu, NetworkNamespace container, String port, String... addresses)
      throws IOException {
    inHost(netlink -> {
      netlink.links().createVethPair(port, "guest", mtu);
      int index = netlink.links().get(port).index();
      netlink.links().enslave(index, netlink.links().get("weave").index());
      netlink.links().move(netlink.links().get("guest").index(), container, "ethwe");
      return List.of();
    });
    try (Netlink inside = Netlink.open(container)) {
      int index = inside.links().get("ethwe").index();
      for (String address : addresses) {
        inside.addresses().add(index, Ipv4Prefix.parse(address));
      }
    }
  }

  private AddressScan.Result scan(Path root) throws IOException {
    HostFiles files = new HostFiles(root, root.resolve("proc"));
    return inHost(netlink -> AddressScan.scan(netlink, "weave", files, BRIDGE_MTU));
  }

  /** What a test does inside the host. */
  @FunctionalInterface
  private interface Step<T> {
    T run(Netlink netlink) throws IOException;
  }

  private <T> T inHost(Step<T> step) throws IOException {
    return host.<T, IOException>run(() -> {
      try (Netlink netlink = Netlink.open()) {
        return step.run(netlink);
      }
    });
  }
}
