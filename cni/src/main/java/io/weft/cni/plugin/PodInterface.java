package io.weft.cni.plugin;

import io.weft.linux.Errno;
import io.weft.linux.Ethtool;
import io.weft.linux.GratuitousArp;
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
record PodInterface(String hostName, String name, NetworkNamespace inside) {
  private static final long ANNOUNCE_DELAY_NANOS = 1_000_000;

  /**
   * How it is made.
   *
   * @param mtuBytes 0 for that of the bridge
   * @param mac of the container's end, one of the kernel's choice if not given
   */
  record Settings(
      int mtuBytes, boolean hairpin, boolean keepsTxChecksumOffload, Optional<MacAddress> mac) {}

  /** Both ends, as the kernel sees them. */
  record Ends(Link host, Link guest) {}

  /**
   * Creates the cable and makes its host end a port of the bridge.
   *
   * @throws LinuxException EEXIST if there is an interface of either name
   */
  Link create(Netlink host, Link bridge, Settings settings) throws IOException {
    int mtuBytes = settings.mtuBytes() == 0 ? bridge.mtuBytes() : settings.mtuBytes();
    host.links().createVethPair(hostName, name, inside, settings.mac(), mtuBytes);
    try {
      Link link = host.links().get(hostName);
      Sysctl.writeIfPresent("net/ipv6/conf/" + hostName + "/accept_ra", "0");
      host.links().enslave(link.index(), bridge.index());
      host.links().setHairpin(link.index(), settings.hairpin());
      host.links().setUp(link.index());
      return link;
    } catch (IOException | RuntimeException e) {
      removeAfter(host, e);
      throw e;
    }
  }

  /** Gives the container's end its addresses and routes, and tells the neighbours. */
  Link configure(List<Ipv4Prefix> addresses, List<Route> routes, Settings settings)
      throws IOException {
    return inside.run(() -> {
      try (Netlink guest = Netlink.open()) {
        Link link = guest.links().get(name);
        tune(settings);
        for (Ipv4Prefix address : addresses) {
          guest.addresses().add(link.index(), address);
        }
        guest.links().setUp(link.index());
        announce(link, addresses);
        for (Route route : routes) {
          add(guest, route, link.index());
        }
        return link;
      }
    });
  }

  /** A host might advertise itself as a router to the container: it must not listen. */
  private void tune(Settings settings) throws IOException {
    Sysctl.writeIfPresent("net/ipv6/conf/" + name + "/accept_ra", "0");
    Sysctl.write("net/ipv4/neigh/" + name + "/base_reachable_time", "5");
    Sysctl.write("net/ipv4/neigh/" + name + "/delay_first_probe_time", "2");
    Sysctl.write("net/ipv4/neigh/" + name + "/ucast_solicit", "1");
    if (!settings.keepsTxChecksumOffload()) {
      Ethtool.disableTxChecksumOffload(name);
    }
  }

  private static void announce(Link link, List<Ipv4Prefix> addresses) throws IOException {
    Optional<MacAddress> mac = link.mac();
    for (Ipv4Prefix address : mac.isPresent() ? addresses : List.<Ipv4Prefix>of()) {
      LockSupport.parkNanos(ANNOUNCE_DELAY_NANOS);
      GratuitousArp.announce(link.index(), mac.get(), address.address());
    }
  }

  /** A route of the subnet itself is the kernel's; asking for it again is no error. */
  private static void add(Netlink guest, Route route, int index) throws IOException {
    try {
      guest.routes().add(new Route(route.destination(), route.gateway(), index));
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST || route.gateway().isPresent()) {
        throw e;
      }
    }
  }

  /** Both ends, if the host's end is there and leads to the container's. */
  Optional<Ends> find(Netlink host) throws IOException {
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
  static void remove(Netlink host, String hostName) throws IOException {
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

  private void removeAfter(Netlink host, Exception cause) {
    try {
      remove(host, hostName);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
