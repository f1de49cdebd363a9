package io.weft.router.host;

import io.weft.linux.Addresses;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.Route;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** What the network below can carry, as far as this host knows. */
public final class UnderlayMtu {
  private UnderlayMtu() {}

  /** Largest MTU of an interface with an address, but for one, and for the loopback interface. */
  public static int widest(Netlink netlink, String besides) throws IOException {
    int widest = 0;
    for (Addresses.Assigned assigned : netlink.addresses().list()) {
      Optional<Link> link = netlink.links().find(assigned.linkIndex());
      boolean counts =
          link.filter(known -> !known.name().equals(besides) && !known.name().equals("lo"))
              .isPresent();
      widest = counts ? Math.max(widest, link.map(Link::mtuBytes).orElse(0)) : widest;
    }
    return widest;
  }

  /**
   * MTU of the interface of the default route, in bytes; empty without one. With several the least
   * counts.
   */
  public static OptionalInt ofDefaultRoute(Netlink netlink) throws IOException {
    int least = Integer.MAX_VALUE;
    for (Route route : netlink.routes().list()) {
      if (route.destination().length() == 0 && route.linkIndex() != 0) {
        Optional<Link> link = netlink.links().find(route.linkIndex());
        least = Math.min(least, link.map(Link::mtuBytes).orElse(Integer.MAX_VALUE));
      }
    }
    return least == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(least);
  }
}
