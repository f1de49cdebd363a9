package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Links;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.ReceiveVector;
import io.weft.linux.TestNamespaces;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/**
 * A host whose bridge has one container with all its offloads, and a router's port of either kind.
 *
 * <pre>
 *   container ns: eth0 == veth: weave: port
 * </pre>
 */
public final class BridgedHost implements AutoCloseable {
  /** The ways to a bridge. */
  public enum Way {
    TAP,
    /** By TAP, on a thread that receives datagrams as well. */
    TAP_ON_RECEIVE_THREAD,
    /** By TAP with four queues and as many threads. */
    TAP_OF_FOUR,
    PCAP,
    /** By a packet socket with virtio-net headers at the far end of a pair. */
    PACKET_SOCKET
  }

  private static final String PORT = "vethwe-bridge";
  private static final String CAPTURE = "vethwe-pcap";
  private static final int MTU = 1500;

  public final NetworkNamespace container;
  public final NetworkNamespace host;
  public final BridgePort port;
  private @Nullable ReceiveLoop loop;

  public BridgedHost(TestNamespaces namespaces, Way way, String address) throws IOException {
    container = namespaces.create();
    host = namespaces.create();
    try (Netlink outer = Netlink.open(host);
        Netlink inner = Netlink.open(container)) {
      Links links = outer.links();
      links.createBridge("weave");
      links.createVethPair("veth0", "eth0", MTU);
      links.move(links.get("eth0").index(), container, "eth0");
      port =
          switch (way) {
            case TAP -> openTap(links, 1);
            case TAP_ON_RECEIVE_THREAD -> onReceiveThread(openTap(links, 1));
            case TAP_OF_FOUR -> openTap(links, 4);
            case PCAP -> openPcap(links);
            case PACKET_SOCKET -> openSocket(links);
          };
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

  private VnetBridgePort openTap(Links links, int workers) throws IOException {
    VnetBridgePort tap = host.run(() -> VnetBridgePort.openTap(PORT, workers));
    links.setMtu(links.get(PORT).index(), MTU);
    return tap;
  }

  private VnetBridgePort onReceiveThread(VnetBridgePort tap) throws IOException {
    ReceiveLoop fresh = new ReceiveLoop(new Silence(), Assertions::fail);
    loop = fresh;
    tap.runOn(List.of(fresh));
    Thread thread = new Thread(fresh, "receive");
    thread.setDaemon(true);
    thread.start();
    return tap;
  }

  /** Nothing is received where there is no socket. */
  static final class Silence implements ReceiveLoop.Handler {
    @Override
    public void received(ReceiveVector vector) {
      throw new IllegalStateException("there is no socket");
    }

    @Override
    public void pathError(PeerSocket socket, int errno) {
      throw new IllegalStateException("there is no socket");
    }

    @Override
    public void lost(RuntimeException fault) {
      throw fault;
    }
  }

  /** As the router does it: the kernel finishes what containers leave to the device. */
  private BridgePort openPcap(Links links) throws IOException {
    links.createVethPair(PORT, CAPTURE, MTU);
    host.perform(() -> Ethtool.disableTxChecksumOffload(PORT));
    links.setUp(links.get(CAPTURE).index());
    return host.run(() -> PcapBridgePort.open(CAPTURE, 8, MTU, 1));
  }

  private BridgePort openSocket(Links links) throws IOException {
    links.createVethPair(PORT, CAPTURE, MTU);
    links.setUp(links.get(CAPTURE).index());
    return host.run(() -> VnetBridgePort.openSocket(CAPTURE, 8, 1));
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
    if (loop != null) {
      loop.stop();
    }
    host.close();
    container.close();
  }
}
