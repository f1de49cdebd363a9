package io.weft.router.host;

import io.weft.gossip.PeerName;
import io.weft.linux.Errno;
import io.weft.linux.Ethtool;
import io.weft.linux.Link;
import io.weft.linux.Links;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.Sysctl;
import io.weft.linux.TapDevice;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bridge that containers are attached to, and its port by which the router sees its frames
 * (overlay.md D.1 to D.3). Made once, kept when the router stops, adopted when it starts again; a
 * TAP interface, which lives as long as its router, takes the place of the veth pair.
 *
 * <pre>
 *   containers -- weave -- vethwe-bridge == vethwe-pcap -- router    capture by libpcap
 *   containers -- weave -- vethwe-bridge -- router                   capture by TAP
 * </pre>
 */
public final class Bridge {
  /** The router's port of the bridge: one end of the pair, or the TAP interface. */
  public static final String BRIDGE_PORT = "vethwe-bridge";

  /** The end of the pair where the router captures and injects. */
  public static final String CAPTURE_PORT = "vethwe-pcap";

  /** MTU of a bridge whose frames go through user space (overlay.md D.2). */
  public static final int DEFAULT_MTU_BYTES = 65_535;

  /** Our choice: a bridge whose MAC is not set yet. */
  private static final String UNFINISHED_BRIDGE = "vethwe-new";

  // Our choice: the original raises the MTU by a dummy device, which not every kernel has.
  private static final String MTU_RAISER = "vethwedu";
  private static final String MTU_RAISER_PEER = "vethwedv";

  private static final System.Logger LOGGER = System.getLogger(Bridge.class.getName());

  private final Links links;
  private final String name;

  private Bridge(Links links, String name) {
    this.links = links;
    this.name = name;
  }

  /** MAC of an existing bridge as a peer name; null when there is none. */
  public static @Nullable PeerName existingName(Netlink netlink, String name) throws IOException {
    return netlink
        .links()
        .find(name)
        .flatMap(Link::mac)
        .map(mac -> new PeerName(mac.value()))
        .orElse(null);
  }

  /**
   * Makes the bridge if it is missing; what exists is kept.
   *
   * @param peerName becomes the bridge's MAC
   * @param mtuBytes 0 for automatic
   * @throws IOException when the kernel refuses, or an interface of that name is something else
   */
  public static void ensure(Netlink netlink, String name, PeerName peerName, int mtuBytes)
      throws IOException {
    Bridge bridge = new Bridge(netlink.links(), name);
    bridge.refuseOtherTypes();
    int index = bridge.ensureBridge(new MacAddress(peerName.value()));
    bridge.ensureMtu(index, mtu(mtuBytes));
    if (Ethtool.txChecksumOffload(name)) {
      // Captured frames would carry checksums that nobody has computed.
      Ethtool.disableTxChecksumOffload(name);
    }
    bridge.configureNeighbours();
    bridge.links.setUp(index);
  }

  /**
   * Makes the veth pair if it is missing. It takes frames of any size: those of containers that do
   * not keep to the bridge's MTU are cut or answered behind it.
   *
   * @param mtuBytes of the bridge, 0 for automatic
   */
  public static void ensureVethPair(Netlink netlink, String name, int mtuBytes) throws IOException {
    Bridge bridge = new Bridge(netlink.links(), name);
    int index = netlink.links().get(name).index();
    bridge.ensureVethPair(index);
    // Until it is told, a bridge follows its ports.
    bridge.ensureMtu(index, mtu(mtuBytes));
    // The kernel then finishes checksums and cuts super-frames before it hands frames to libpcap,
    // whatever the containers' interfaces leave to the device.
    Ethtool.disableTxChecksumOffload(BRIDGE_PORT);
  }

  /**
   * Has the kernel leave checksums and super-frames on the port as they are: whoever captures takes
   * them so.
   */
  public static void leaveOffloads() throws IOException {
    Ethtool.enableTxChecksumOffload(BRIDGE_PORT);
  }

  /**
   * Removes the veth pair, to make room for a TAP interface with the name of the router's port.
   *
   * @throws IOException also when a TAP interface has it: its router runs
   */
  public static void removeVethPair(Netlink netlink) throws IOException {
    Optional<Link> found = netlink.links().find(BRIDGE_PORT);
    if (found.isPresent()) {
      refuseOtherPort(found.get());
      netlink.links().delete(found.get().index());
    }
  }

  /**
   * Makes the TAP interface a port of the bridge.
   *
   * @param mtuBytes 0 for automatic
   */
  public static void attachTap(Netlink netlink, String name, int mtuBytes) throws IOException {
    Link tap = netlink.links().get(BRIDGE_PORT);
    Sysctl.writeIfPresent("net/ipv6/conf/" + BRIDGE_PORT + "/accept_ra", "0");
    netlink.links().setMtu(tap.index(), Math.min(mtu(mtuBytes), TapDevice.MTU_MAX));
    netlink.links().enslave(tap.index(), netlink.links().get(name).index());
    netlink.links().setUp(tap.index());
  }

  /**
   * Changes the MTU of the bridge in the calling thread's namespace, which containers get that are
   * attached from now on. That it cannot be done is logged.
   */
  public static void changeMtu(String name, int mtuBytes) {
    try (Netlink netlink = Netlink.open()) {
      new Bridge(netlink.links(), name).ensureMtu(netlink.links().get(name).index(), mtuBytes);
      LOGGER.log(Level.INFO, "the MTU of {0} is {1} from now on", name, Integer.toString(mtuBytes));
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "the MTU of {0} is not changed: {1}", name, e.getMessage());
    }
  }

  private static int mtu(int mtuBytes) {
    return mtuBytes == 0 ? DEFAULT_MTU_BYTES : mtuBytes;
  }

  /** Removes bridge and port; what does not exist is no error. */
  public static void remove(Netlink netlink, String name) throws IOException {
    for (String link : new String[] {BRIDGE_PORT, name}) {
      Optional<Link> found = netlink.links().find(link);
      if (found.isPresent()) {
        netlink.links().delete(found.get().index());
      }
    }
  }

  private void refuseOtherTypes() throws IOException {
    String kind = links.find(name).map(Link::kind).orElse("bridge");
    if (!kind.equals("bridge")) {
      throw new IOException(
          ("the interface %s exists and is of type %s, a bridge is needed; remove it by \"weave"
                  + " reset\" first")
              .formatted(name, kind.isEmpty() ? "unknown" : kind));
    }
  }

  /**
   * Refuses to work beside the datapath of a Weave Net router (overlay.md D.1).
   *
   * @param datapath name of its interface
   */
  public static void refuseDatapath(Netlink netlink, String datapath) throws IOException {
    if (netlink.links().find(datapath).isPresent()) {
      throw new IOException(
          ("existing bridge type bridged_fastdp is different than requested bridge: the interface"
                  + " %s exists; remove it by \"weave reset\" first")
              .formatted(datapath));
    }
  }

  private int ensureBridge(MacAddress mac) throws IOException {
    if (links.find(name).isEmpty()) {
      createBridge(mac);
    }
    Link bridge = links.get(name);
    if (!bridge.mac().equals(Optional.of(mac))) {
      links.setMac(bridge.index(), mac);
    }
    return bridge.index();
  }

  /**
   * The bridge's MAC is our name at the next start, so a bridge of this name must never be seen
   * with another one: whoever kills us in between leaves only the unfinished bridge.
   */
  private void createBridge(MacAddress mac) throws IOException {
    Optional<Link> unfinished = links.find(UNFINISHED_BRIDGE);
    if (unfinished.isPresent()) {
      links.delete(unfinished.get().index());
    }
    // Without a MAC first: old kernels forget one that is given at creation.
    links.createBridge(UNFINISHED_BRIDGE);
    int index = links.get(UNFINISHED_BRIDGE).index();
    links.setMac(index, mac);
    links.rename(index, name);
  }

  private void ensureVethPair(int bridgeIndex) throws IOException {
    Optional<Link> old = links.find(BRIDGE_PORT);
    if (old.isPresent()) {
      refuseOtherPort(old.get());
    } else {
      links.createVethPair(BRIDGE_PORT, CAPTURE_PORT, DEFAULT_MTU_BYTES);
    }
    for (String end : new String[] {BRIDGE_PORT, CAPTURE_PORT}) {
      Sysctl.writeIfPresent("net/ipv6/conf/" + end + "/accept_ra", "0");
      Link link = links.get(end);
      if (link.mtuBytes() != DEFAULT_MTU_BYTES) {
        links.setMtu(link.index(), DEFAULT_MTU_BYTES);
      }
    }
    Link port = links.get(BRIDGE_PORT);
    if (port.masterIndex() != bridgeIndex) {
      links.enslave(port.index(), bridgeIndex);
    }
    if (port.hairpin()) {
      LOGGER.log(Level.ERROR, "Hairpin mode enabled on \"{0}\"", BRIDGE_PORT);
    }
    links.setUp(port.index());
    links.setUp(links.get(CAPTURE_PORT).index());
  }

  private static void refuseOtherPort(Link port) throws IOException {
    if (!port.kind().equals("veth")) {
      throw new IOException(
          "the interface %s exists and is of type %s: does another router run here?"
              .formatted(port.name(), port.kind()));
    }
  }

  private void ensureMtu(int index, int mtu) throws IOException {
    if (links.get(name).mtuBytes() == mtu) {
      return;
    }
    try {
      links.setMtu(index, mtu);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      raiseMtuByPort(index, mtu);
    }
  }

  /** Old kernels refuse to raise a bridge's MTU, but it follows that of a port. */
  private void raiseMtuByPort(int index, int mtu) throws IOException {
    Optional<Link> leftOver = links.find(MTU_RAISER);
    if (leftOver.isPresent()) {
      links.delete(leftOver.get().index());
    }
    links.createVethPair(MTU_RAISER, MTU_RAISER_PEER, mtu);
    int raiser = links.get(MTU_RAISER).index();
    try {
      links.enslave(raiser, index);
    } finally {
      links.delete(raiser);
    }
  }

  /** Address moves are to be noticed within seconds (overlay.md D.6). */
  private void configureNeighbours() throws IOException {
    Sysctl.writeIfPresent("net/ipv6/conf/" + name + "/accept_ra", "0");
    Map<String, String> tuning =
        new TreeMap<>(
            Map.of(
                "base_reachable_time", "5", "delay_first_probe_time", "2", "ucast_solicit", "1"));
    for (Map.Entry<String, String> entry : tuning.entrySet()) {
      Sysctl.writeIfPresent("net/ipv4/neigh/" + name + "/" + entry.getKey(), entry.getValue());
    }
  }
}
