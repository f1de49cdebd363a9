package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Links;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.TestNamespaces;
import java.io.IOException;

/**
 * A host whose bridge has one container with all its offloads, and a router's port of either kind.
 *
 * <pre>
 *   container ns: eth0 == veth: weave: port
 * </pre>
 */
final class BridgedHost implements AutoCloseable {
  /** The ways to a bridge. */
  enum Way {
    TAP,
    PCAP
  }

  private static final String PORT = "vethwe-bridge";
  private static final String CAPTURE = "vethwe-pcap";
  private static final int MTU = 1500;

  final NetworkNamespace container;
  final NetworkNamespace host;
  final BridgePort port;

  BridgedHost(TestNamespaces namespaces, Way way, String address) throws IOException {
    container = namespaces.create();
    host = namespaces.create();
    try (Netlink outer = Netlink.open(host);
        Netlink inner = Netlink.open(container)) {
      Links links = outer.links();
      links.createBridge("weave");
      links.createVethPair("veth0", "eth0", MTU);
      links.move(links.get("eth0").index(), container, "eth0");
      port = way == Way.TAP ? openTap(links) : openPcap(links);
      for (String name : new String[] {PORT, "veth0"}) {
        links.enslave(links.get(name).index(), links.get("weave").index());
        links.setUp(links.get(name).index());
      }
      links.setUp(links.get("weave").index());
      int guest = inner.links().get("eth0").index();
      inner.addresses().add(guest, Ipv4Prefix.parse(address));
      inner.links().setUp(guest);
      Await.until("the bridge works", () -> isForwarding(links));
    }
  }

  private BridgePort openTap(Links links) throws IOException {
    TapBridgePort tap = host.run(() -> TapBridgePort.open(PORT));
    links.setMtu(links.get(PORT).index(), MTU);
    return tap;
  }

  /** As the router does it: the kernel finishes what containers leave to the device. */
  private BridgePort openPcap(Links links) throws IOException {
    links.createVethPair(PORT, CAPTURE, MTU);
    host.perform(() -> Ethtool.disableTxChecksumOffload(PORT));
    links.setUp(links.get(CAPTURE).index());
    return host.run(() -> PcapBridgePort.open(CAPTURE, 8, MTU));
  }

  private static boolean isForwarding(Links links) {
    try {
      Link bridge = links.get("weave");
      return bridge.hasCarrier();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    port.close();
    host.close();
    container.close();
  }
}
