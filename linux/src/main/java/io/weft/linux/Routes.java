package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** IPv4 unicast routes of one namespace; see {@link Netlink} for threads and errors. */
public final class Routes {
  private static final int ROUTE_BYTES = 12;

  private final NetlinkChannel channel;

  Routes(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * Adds a route.
   *
   * @throws LinuxException EEXIST if there is one to the destination
   */
  public void add(Route route) throws IOException {
    int flags = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL;
    NetlinkRequest request =
        message(
            Rtnetlink.RTM_NEWROUTE,
            flags,
            route,
            route.scope(),
            Rtnetlink.RTPROT_STATIC,
            Rtnetlink.RTN_UNICAST);
    channel.request(request, "add " + describe(route));
  }

  /**
   * Deletes a route, whoever added it.
   *
   * @throws LinuxException ESRCH if there is none
   */
  public void delete(Route route) throws IOException {
    NetlinkRequest request =
        message(
            Rtnetlink.RTM_DELROUTE, 0, route, Rtnetlink.RT_SCOPE_NOWHERE, 0, Rtnetlink.RTN_UNSPEC);
    channel.request(request, "delete " + describe(route));
  }

  /** The unicast routes of the main table, those the kernel made itself included. */
  public List<Route> list() throws IOException {
    return list(Rtnetlink.RT_TABLE_MAIN);
  }

  /** The unicast routes of one table. */
  public List<Route> list(int table) throws IOException {
    ListReader<Route> reader =
        new ListReader<>(
            Rtnetlink.RTM_NEWROUTE,
            ROUTE_BYTES,
            (structure, attributes) -> parse(structure, attributes, table));
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETROUTE, 0)
            .bytes(SocketConstants.AF_INET, 0, 0, 0, 0, 0, 0, 0)
            .word(0);
    channel.dump(request, "list routes", reader);
    return reader.objects();
  }

  private static NetlinkRequest message(
      int type, int flags, Route route, int scope, int protocol, int kind) {
    int table = route.attributes().table();
    NetlinkRequest request =
        new NetlinkRequest(type, flags)
            .bytes(SocketConstants.AF_INET, route.destination().length(), 0, 0)
            .bytes(table < 256 ? table : Rtnetlink.RT_TABLE_UNSPEC, protocol, scope, kind)
            .word(0)
            .attribute(Rtnetlink.RTA_TABLE, table);
    if (route.destination().length() > 0) {
      request.attribute(Rtnetlink.RTA_DST, route.destination().address());
    }
    route.gateway().ifPresent(gateway -> request.attribute(Rtnetlink.RTA_GATEWAY, gateway));
    if (route.linkIndex() > 0) {
      request.attribute(Rtnetlink.RTA_OIF, route.linkIndex());
    }
    attribute(request, Rtnetlink.RTA_PRIORITY, route.attributes().priority());
    if (route.attributes().mtuBytes() > 0 || route.attributes().advertisedMssBytes() > 0) {
      int metrics = request.nest(Rtnetlink.RTA_METRICS);
      attribute(request, Rtnetlink.RTAX_MTU, route.attributes().mtuBytes());
      attribute(request, Rtnetlink.RTAX_ADVMSS, route.attributes().advertisedMssBytes());
      request.end(metrics);
    }
    return request;
  }

  private static void attribute(NetlinkRequest request, int type, int value) {
    if (value != 0) {
      request.attribute(type, value);
    }
  }

  private static Optional<Route> parse(
      ByteBuffer structure, NetlinkAttributes attributes, int table) {
    int length = Byte.toUnsignedInt(structure.get(1));
    boolean ours =
        structure.get(0) == SocketConstants.AF_INET
            && attributes.integer(Rtnetlink.RTA_TABLE, Byte.toUnsignedInt(structure.get(4)))
                == table
            && structure.get(7) == Rtnetlink.RTN_UNICAST
            && length <= Integer.SIZE;
    Ipv4Address gateway = attributes.ipv4(Rtnetlink.RTA_GATEWAY);
    int linkIndex = attributes.integer(Rtnetlink.RTA_OIF, 0);
    boolean hasGateway = !gateway.equals(Ipv4Address.ANY);
    // Routes with several next hops have neither at this place.
    if (!ours || (linkIndex <= 0 && !hasGateway)) {
      return Optional.empty();
    }
    Ipv4Prefix destination = new Ipv4Prefix(attributes.ipv4(Rtnetlink.RTA_DST), length).network();
    NetlinkAttributes metrics = attributes.nested(Rtnetlink.RTA_METRICS);
    Route.Attributes more =
        new Route.Attributes(
            metrics.integer(Rtnetlink.RTAX_MTU, 0),
            metrics.integer(Rtnetlink.RTAX_ADVMSS, 0),
            attributes.integer(Rtnetlink.RTA_PRIORITY, 0),
            table,
            OptionalInt.of(Byte.toUnsignedInt(structure.get(6))));
    return Optional.of(
        new Route(
            destination, hasGateway ? Optional.of(gateway) : Optional.empty(), linkIndex, more));
  }

  private static String describe(Route route) {
    String gateway = route.gateway().map(address -> " via " + address).orElse("");
    String link = route.linkIndex() > 0 ? " on interface " + route.linkIndex() : "";
    return "route to " + route.destination() + gateway + link;
  }
}
