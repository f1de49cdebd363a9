package io.weft.fastpath;

import io.weft.linux.BridgePorts;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Link;
import io.weft.linux.LinkStatistics;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.VxlanPeer;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * VXLAN devices on the bridge, one for each neighbour, between which the bridge itself forwards
 * (overlay.md F.1.6), and the router's port beside them.
 *
 * <pre>
 *  containers -- weave -- vxlan-peer-b02 == underlay     learns and floods, each isolated
 *                  |   \_ vxlan-peer-0c3 == underlay     from the others
 *           router's port                                 hears nothing, and speaks to containers
 * </pre>
 *
 * <p>For one thread; the kernel's objects are those of the network namespace that it was opened in.
 */
public final class PeerDevices implements AutoCloseable {
  /** Our choice of a number that nobody else has. */
  static final int GROUP = 0x57454654;

  /** Interfaces of ours are named so, with the neighbour's short id behind it. */
  static final String NAME_PREFIX = "vxlan-peer-";

  private static final String TRIAL = "vxlan-trial";

  private final Netlink netlink;
  private final String bridge;
  private final String routerPort;
  private final Map<VxlanPeer, Integer> indexes = new HashMap<>();

  private PeerDevices(Netlink netlink, String bridge, String routerPort) {
    this.netlink = netlink;
    this.bridge = bridge;
    this.routerPort = routerPort;
  }

  /**
   * No devices yet.
   *
   * @param routerPort the port of the bridge where the router captures and injects
   */
  public static PeerDevices open(String bridge, String routerPort) throws LinuxException {
    return new PeerDevices(Netlink.open(), bridge, routerPort);
  }

  /** Why this kernel has no such devices, or null. */
  public static @Nullable String whyNot(Netlink netlink) {
    try {
      Optional<Link> left = netlink.links().find(TRIAL);
      if (left.isPresent()) {
        netlink.links().delete(left.get().index());
      }
      // It listens only when it is up.
      netlink.links().createVxlan(TRIAL, 1, FastdpProtocol.DEFAULT_MTU);
      netlink.links().delete(netlink.links().get(TRIAL).index());
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  /** Removes what a router before has left; that there is nothing is no error. */
  public static void clear(Netlink netlink, String routerPort) throws IOException {
    netlink.pointToPointVxlans().deleteAll(GROUP);
    openRouterPort(netlink, routerPort, true);
  }

  /** What the device for a neighbour is made of. */
  static VxlanPeer device(UserVxlanForwarder forwarder, int self, int neighbour) {
    return new VxlanPeer(
        NAME_PREFIX + String.format(Locale.ROOT, "%03x", neighbour),
        forwarder.vxlanPort(),
        FastdpForwarder.tunnel(neighbour, self),
        FastdpForwarder.tunnel(self, neighbour),
        forwarder.local(),
        new Ipv4Address(forwarder.remote()));
  }

  /** As {@link DeviceSwitch.Shell#setDevices}. */
  void set(Collection<VxlanPeer> wanted) throws IOException {
    if (wanted.isEmpty()) {
      indexes.clear();
      clear(netlink, routerPort);
      return;
    }
    // Those that are in the way of new ones go first.
    for (Map.Entry<VxlanPeer, Integer> entry : List.copyOf(indexes.entrySet())) {
      if (!wanted.contains(entry.getKey())) {
        indexes.remove(entry.getKey());
        netlink.links().delete(entry.getValue());
      }
    }
    openRouterPort(netlink, routerPort, false);
    int bridgeIndex = netlink.links().get(bridge).index();
    for (VxlanPeer device : wanted) {
      if (!indexes.containsKey(device)) {
        int mtu = FastdpProtocol.DEVICE_MTU;
        indexes.put(device, netlink.pointToPointVxlans().open(device, GROUP, bridgeIndex, mtu));
      }
    }
  }

  /** As {@link DeviceSwitch.Shell#areIntact}. */
  boolean areIntact() {
    try {
      int bridgeIndex = netlink.links().get(bridge).index();
      for (int index : indexes.values()) {
        Optional<Link> link = netlink.links().find(index);
        if (link.isEmpty() || !link.get().isUp() || link.get().masterIndex() != bridgeIndex) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What a device has counted; null when it is not there. */
  @Nullable LinkStatistics statistics(VxlanPeer device) {
    Integer index = indexes.get(device);
    try {
      return index == null ? null : netlink.links().statistics(index).orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  /** What the bridge knows of an address. */
  record Owner(@Nullable VxlanPeer device, long ageMillis) {}

  /** Which device leads to an address, none when it is on this host; empty when nobody knows. */
  Optional<Owner> find(long mac) {
    try {
      int bridgeIndex = netlink.links().get(bridge).index();
      return netlink
          .bridgePorts()
          .find(bridgeIndex, new MacAddress(mac))
          .map(learnt -> new Owner(deviceOf(learnt.port()), learnt.ageMillis()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private @Nullable VxlanPeer deviceOf(int index) {
    for (Map.Entry<VxlanPeer, Integer> entry : indexes.entrySet()) {
      if (entry.getValue() == index) {
        return entry.getKey();
      }
    }
    return null;
  }

  /**
   * Whether the router's port is a port as any other. Otherwise it hears nothing that is flooded,
   * and what the router injects does not go to devices.
   */
  private static void openRouterPort(Netlink netlink, String routerPort, boolean on)
      throws IOException {
    Optional<Link> port = netlink.links().find(routerPort);
    if (port.isEmpty() || port.get().masterIndex() == 0) {
      return;
    }
    int index = port.get().index();
    BridgePorts ports = netlink.bridgePorts();
    ports.setFlooded(index, on);
    ports.setLearning(index, on);
    ports.setIsolated(index, !on);
    ports.forgetAddresses(index);
  }

  /** Gives up the handle; devices stay. */
  @Override
  public void close() {
    netlink.close();
  }
}
