package io.weft.cni;

import io.weft.linux.Errno;
import io.weft.linux.Ethtool;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.MacAddress;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Route;
import io.weft.linux.Sysctl;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;

/**
 * The cable from the bridge into one container (overlay.md D.6). The host is the namespace of the
 * calling thread.
 *
 * <p>The container's end is created where it belongs instead of being moved there, which spares the
 * kernel two waits for all processors, and all that is to be done inside is done by one visit.
 *
 * @param hostName name of the host's end
 * @param name name of the container's end
 * @param inside the container's namespace
 */
public record ContainerInterface(String hostName, String name, NetworkNamespace inside) {
  private static final String ROUTER_PORT = "vethwe-bridge";
  private static final String TAP_KIND = "tun";
  private static final String KERNEL_OVERLAY_PORT = "vethwe-punt";
  private static final long CARRIER_LOOK_NANOS = 1_000_000;

  /** Our choice: after a second there is perhaps no carrier for long, as the port is down. */
  private static final long CARRIER_NANOS_MAX = 1_000_000_000;

  /**
   * How it is made.
   *
   * @param mtuBytes 0 for that of the bridge
   * @param mac of the container's end, one of the kernel's choice if not given
   */
  public record Settings(
      int mtuBytes, boolean hairpin, boolean keepsTxChecksumOffload, Optional<MacAddress> mac) {}

  /** Both ends, as the kernel sees them. */
  public record Ends(Link host, Link guest) {}

  /**
   * Whether the router takes frames whose checksums and segments are left to the device: its port
   * is then a TAP interface, or the kernel forwards for it and takes super-frames as they are.
   * Should it later capture by libpcap, its veth pair finishes them.
   */
  public static boolean routerTakesSuperFrames(Netlink host) throws IOException {
    return host.links().find(KERNEL_OVERLAY_PORT).isPresent()
        || host.links().find(ROUTER_PORT).map(Link::kind).orElse("").equals(TAP_KIND);
  }

  /**
   * Creates the cable and makes its host end a port of the bridge.
   *
   * @throws LinuxException EEXIST if there is an interface of either name
   */
  public Link create(Netlink host, Link bridge, Settings settings) throws IOException {
    int mtuBytes = settings.mtuBytes() == 0 ? bridge.mtuBytes() : settings.mtuBytes();
    host.links().createVethPort(hostName, bridge.index(), name, inside, settings.mac(), mtuBytes);
    try {
      // Nothing can come in yet: the other end is down.
      Sysctl.writeIfPresent("net/ipv6/conf/" + hostName + "/accept_ra", "0");
      Link link = host.links().get(hostName);
      if (link.hairpin() != settings.hairpin()) {
        host.bridgePorts().setHairpin(link.index(), settings.hairpin());
      }
      return link;
    } catch (IOException | RuntimeException e) {
      removeAfter(host, e);
      throw e;
    }
  }

  /** Gives the container's end its addresses and routes, and tells the neighbours. */
  public Link configure(
      Netlink host, List<Ipv4Prefix> addresses, List<Route> routes, Settings settings)
      throws IOException {
    return inside.run(() -> {
      try (Netlink guest = Netlink.open()) {
        Link link = guest.links().get(name);
        tune(settings);
        for (Ipv4Prefix address : addresses) {
          guest.addresses().add(link.index(), address);
        }
        guest.links().setUp(link.index());
        // Before, the bridge would drop the announcement.
        awaitForwarding(host);
        announce(guest, link);
        for (Route route : routes) {
          add(guest, route, link.index());
        }
        return link;
      }
    });
  }

  /**
   * Once both ends are up, this stays so: the kernel takes a new port as if it had a carrier until
   * it looks, up to a second later, and finds one or has found none.
   */
  private boolean isForwarding(Netlink host) throws IOException {
    return host.links().find(hostName).map(Link::isRunning).orElse(true);
  }

  /** Until the bridge has heard of the carrier it drops what comes from the port. */
  void awaitForwarding(Netlink host) throws IOException {
    long deadline = System.nanoTime() + CARRIER_NANOS_MAX;
    while (!isForwarding(host) && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(CARRIER_LOOK_NANOS);
    }
  }

  /**
   * Has the kernel announce the addresses, as it does for an interface that is given a MAC, also
   * the one that it has. Closing a packet socket of our own would wait for all processors.
   */
  private void announce(Netlink guest, Link link) throws IOException {
    Optional<MacAddress> mac = link.mac();
    if (mac.isEmpty()) {
      return;
    }
    String key = "net/ipv4/conf/" + name + "/arp_notify";
    String before = Sysctl.read(key);
    Sysctl.write(key, "1");
    try {
      guest.links().setMac(link.index(), mac.get());
    } finally {
      Sysctl.write(key, before);
    }
  }

  /**
   * Sets what an interface in a container needs, from a thread inside: ARP entries are short-lived,
   * so that moved addresses are noticed within seconds; and a host might advertise itself as a
   * router, to which a container must not listen.
   */
  void tune(Settings settings) throws IOException {
    Sysctl.writeIfPresent("net/ipv6/conf/" + name + "/accept_ra", "0");
    Sysctl.write("net/ipv4/neigh/" + name + "/base_reachable_time", "5");
    Sysctl.write("net/ipv4/neigh/" + name + "/delay_first_probe_time", "2");
    Sysctl.write("net/ipv4/neigh/" + name + "/ucast_solicit", "1");
    if (!settings.keepsTxChecksumOffload()) {
      Ethtool.disableTxChecksumOffload(name);
    }
  }

  /** A route of the subnet itself is the kernel's; asking for it again is no error. */
  private static void add(Netlink guest, Route route, int index) throws IOException {
    try {
      guest.routes().add(route.on(index));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST || route.gateway().isPresent()) {
        throw e;
      }
    }
  }

  /** Both ends, if the host's end is there and leads to the container's. */
  public Optional<Ends> find(Netlink host) throws IOException {
    Optional<Link> near = host.links().find(hostName);
    if (near.isEmpty()) {
      return Optional.empty();
    }
    OptionalInt namespace = host.links().namespaceId(inside);
    boolean leadsThere =
        namespace.isPresent() && namespace.getAsInt() == near.get().peerNamespaceId();
    if (!leadsThere) {
      return Optional.empty();
    }
    try (Netlink guest = Netlink.open(inside)) {
      return guest
          .links()
          .find(name)
          .filter(far -> far.index() == near.get().peerIndex())
          .map(far -> new Ends(near.get(), far));
    }
  }

  /** Removes the cable; does nothing if it is not there. */
  public static void remove(Netlink host, String hostName) throws IOException {
    Optional<Link> link = host.links().find(hostName);
    if (link.isEmpty()) {
      return;
    }
    try {
      host.links().delete(link.get().index());
    } catch (LinuxException e) {
      // The container's namespace may be on its way out, and takes the cable along.
      if (e.errno() != Errno.ENODEV) {
        throw e;
      }
    }
  }

  /** Removes the cable after {@code cause}. */
  void removeAfter(Netlink host, Exception cause) {
    try {
      remove(host, hostName);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
