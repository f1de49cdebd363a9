package io.weft.linux;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * An IPv4 unicast route.
 *
 * @param destination where it leads, without host bits
 * @param gateway the next router; none if the destination is on the link
 * @param linkIndex the interface it leaves by; 0 leaves the choice to the kernel, which needs a
 *     gateway then
 * @param attributes what else it has
 */
public record Route(
    Ipv4Prefix destination, Optional<Ipv4Address> gateway, int linkIndex, Attributes attributes) {
  /** Checks that it leads somewhere. */
  public Route {
    if (!destination.equals(destination.network())) {
      throw new IllegalArgumentException("a route's destination has no host bits: " + destination);
    }
    if (gateway.isEmpty() && linkIndex <= 0) {
      throw new IllegalArgumentException("a route needs a gateway or an interface");
    }
    if (attributes.scope.equals(OptionalInt.of(usualScope(gateway)))) {
      attributes = attributes.withUsualScope();
    }
  }

  /**
   * What a route has beside its way.
   *
   * @param mtuBytes 0 for that of the interface
   * @param advertisedMssBytes largest TCP segment that is announced, 0 for the kernel's choice
   * @param priority the lower the better; 0 for none
   * @param table 0 is the main table
   * @param scope of its destinations: 0 global, 253 link, 254 host; what the gateway suggests if
   *     not given
   */
  public record Attributes(
      int mtuBytes, int advertisedMssBytes, int priority, int table, OptionalInt scope) {
    /** None, in the main table. */
    public static final Attributes NONE = new Attributes(0, 0, 0, 0, OptionalInt.empty());

    /** Calls the main table by its number. */
    public Attributes {
      table = table == 0 ? Rtnetlink.RT_TABLE_MAIN : table;
    }

    /** Whether lookups that nobody steers elsewhere find it. */
    public boolean isInMainTable() {
      return table == Rtnetlink.RT_TABLE_MAIN;
    }

    private Attributes withUsualScope() {
      return new Attributes(mtuBytes, advertisedMssBytes, priority, table, OptionalInt.empty());
    }
  }

  /** A route of the main table without anything else. */
  public Route(Ipv4Prefix destination, Optional<Ipv4Address> gateway, int linkIndex) {
    this(destination, gateway, linkIndex, Attributes.NONE);
  }

  private static int usualScope(Optional<Ipv4Address> gateway) {
    return gateway.isEmpty() ? Rtnetlink.RT_SCOPE_LINK : Rtnetlink.RT_SCOPE_UNIVERSE;
  }

  /** Scope of its destinations. */
  public int scope() {
    return attributes.scope.orElse(usualScope(gateway));
  }

  /** The same by another interface. */
  public Route on(int otherLinkIndex) {
    return new Route(destination, gateway, otherLinkIndex, attributes);
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
