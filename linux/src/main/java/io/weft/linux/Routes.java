package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

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
    boolean onLink = route.gateway().isEmpty();
    int scope = onLink ? Rtnetlink.RT_SCOPE_LINK : Rtnetlink.RT_SCOPE_UNIVERSE;
    NetlinkRequest request =
        message(
            Rtnetlink.RTM_NEWROUTE,
            flags,
            route,
            scope,
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
    ListReader<Route> reader = new ListReader<>(Rtnetlink.RTM_NEWROUTE, ROUTE_BYTES, Routes::parse);
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETROUTE, 0)
            .bytes(SocketConstants.AF_INET, 0, 0, 0, 0, 0, 0, 0)
            .word(0);
    channel.dump(request, "list routes", reader);
    return reader.objects();
  }

  private static NetlinkRequest message(
      int type, int flags, Route route, int scope, int protocol, int kind) {
    NetlinkRequest request =
        new NetlinkRequest(type, flags)
            .bytes(SocketConstants.AF_INET, route.destination().length(), 0, 0)
            .bytes(Rtnetlink.RT_TABLE_MAIN, protocol, scope, kind)
            .word(0);
    if (route.destination().length() > 0) {
      request.attribute(Rtnetlink.RTA_DST, route.destination().address());
    }
    route.gateway().ifPresent(gateway -> request.attribute(Rtnetlink.RTA_GATEWAY, gateway));
    if (route.linkIndex() > 0) {
      request.attribute(Rtnetlink.RTA_OIF, route.linkIndex());
    }
    return request;
  }

  private static Optional<Route> parse(ByteBuffer structure, NetlinkAttributes attributes) {
    int length = Byte.toUnsignedInt(structure.get(1));
    boolean ours =
        structure.get(0) == SocketConstants.AF_INET
            && Byte.toUnsignedInt(structure.get(4)) == Rtnetlink.RT_TABLE_MAIN
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
    return Optional.of(
        new Route(destination, hasGateway ? Optional.of(gateway) : Optional.empty(), linkIndex));
  }

  private static String describe(Route route) {
    String gateway = route.gateway().map(address -> " via " + address).orElse("");
    String link = route.linkIndex() > 0 ? " on interface " + route.linkIndex() : "";
    return "route to " + route.destination() + gateway + link;
  }
}
