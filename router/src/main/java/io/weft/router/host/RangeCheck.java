package io.weft.router.host;

import io.weft.ipam.AddressRange;
import io.weft.ipam.Cidr;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.Route;
import java.io.IOException;
import java.util.Optional;

/** Whether the allocation range would hide a network the host already reaches (features.md 1.3). */
public final class RangeCheck {
  private RangeCheck() {}

  /**
   * The first route that shares addresses with the range. The default route and routes on the
   * bridge do not count.
   */
  public static Optional<String> overlap(Netlink netlink, Cidr range, String bridge)
      throws IOException {
    int bridgeIndex = netlink.links().find(bridge).map(Link::index).orElse(-1);
    for (Route route : netlink.routes().list()) {
      if (route.linkIndex() != bridgeIndex && overlaps(route.destination(), range.range())) {
        return Optional.of(route.destination().toString());
      }
    }
    return Optional.empty();
  }

  private static boolean overlaps(Ipv4Prefix destination, AddressRange range) {
    if (destination.length() == 0) {
      return false;
    }
    Ipv4Prefix network = destination.network();
    long start = Integer.toUnsignedLong(network.address().value());
    return new Cidr(start, network.length()).range().overlaps(range);
  }
}
