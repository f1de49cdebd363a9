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

  private Netlink(NetlinkChannel channel) {
    this.channel = channel;
    links = new Links(channel);
    addresses = new Addresses(channel);
    routes = new Routes(channel);
    neighbours = new Neighbours(channel);
    qdiscs = new Qdiscs(channel);
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

  @Override
  public void close() {
    channel.close();
  }
}
