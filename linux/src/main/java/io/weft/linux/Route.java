package io.weft.linux;

import java.util.Optional;

/**
 * An IPv4 unicast route of the main table.
 *
 * @param destination where it leads, without host bits
 * @param gateway the next router; none if the destination is on the link
 * @param linkIndex the interface it leaves by; 0 leaves the choice to the kernel, which needs a
 *     gateway then
 */
public record Route(Ipv4Prefix destination, Optional<Ipv4Address> gateway, int linkIndex) {
  /** Checks that it leads somewhere. */
  public Route {
    if (!destination.equals(destination.network())) {
      throw new IllegalArgumentException("a route's destination has no host bits: " + destination);
    }
    if (gateway.isEmpty() && linkIndex <= 0) {
      throw new IllegalArgumentException("a route needs a gateway or an interface");
    }
  }

  /** A route to what is directly on a link. */
  public static Route onLink(Ipv4Prefix destination, int linkIndex) {
    return new Route(destination, Optional.empty(), linkIndex);
  }

  /** A route by a gateway, on whichever interface reaches it. */
  public static Route via(Ipv4Prefix destination, Ipv4Address gateway) {
    return new Route(destination, Optional.of(gateway), 0);
  }

  /** The default route by a gateway. */
  public static Route defaultVia(Ipv4Address gateway) {
    return via(Ipv4Prefix.EVERYTHING, gateway);
  }
}
