package io.weft.linux;

/**
 * The kernel's configuration interface for networks (rtnetlink), for one network namespace.
 *
 * <p>A refusal is a {@link LinuxException} with the kernel's text; a broken answer is another
 * {@code IOException}. May be used from any thread, whatever namespace that thread is in; requests
 * of several threads take turns.
 */
public final class Netlink implements AutoCloseable {
  private final NetlinkChannel channel;
  private final Links links;
  private final Addresses addresses;
  private final Routes routes;
  private final Neighbours neighbours;
  private final Qdiscs qdiscs;
  private final BridgePorts bridgePorts;
  private final PointToPointVxlans pointToPointVxlans;

  private Netlink(NetlinkChannel channel) {
    this.channel = channel;
    links = new Links(channel);
    addresses = new Addresses(channel);
    routes = new Routes(channel);
    neighbours = new Neighbours(channel);
    qdiscs = new Qdiscs(channel);
    bridgePorts = new BridgePorts(channel);
    pointToPointVxlans = new PointToPointVxlans(channel, links, bridgePorts);
  }

  /** Opens the namespace of the calling thread. */
  public static Netlink open() throws LinuxException {
    return new Netlink(NetlinkChannel.open());
  }

  /** Opens another namespace. */
  public static Netlink open(NetworkNamespace namespace) throws LinuxException {
    return namespace.run(Netlink::open);
  }

  /** Network interfaces. */
  public Links links() {
    return links;
  }

  /** IPv4 addresses of interfaces. */
  public Addresses addresses() {
    return addresses;
  }

  /** IPv4 routes of the main table. */
  public Routes routes() {
    return routes;
  }

  /** IPv4 neighbours (the ARP cache). */
  public Neighbours neighbours() {
    return neighbours;
  }

  /** Queueing disciplines of interfaces. */
  public Qdiscs qdiscs() {
    return qdiscs;
  }

  /** What bridges do with their ports. */
  public BridgePorts bridgePorts() {
    return bridgePorts;
  }

  /** VXLAN interfaces with one other end. */
  public PointToPointVxlans pointToPointVxlans() {
    return pointToPointVxlans;
  }

  @Override
  public void close() {
    channel.close();
  }
}
