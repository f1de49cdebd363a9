package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What bridges do with their ports; see {@link Netlink} for threads and errors. */
public final class BridgePorts {
  private static final int NEIGHBOUR_BYTES = 12;
  private static final int INTERFACE_OFFSET = 4;

  /** In {@code struct nda_cacheinfo}. */
  private static final int UPDATED_OFFSET = 8;

  /** The kernel tells user space ages in hundredths of a second. */
  private static final int MILLIS_PER_TICK = 10;

  private final NetlinkChannel channel;

  BridgePorts(NetlinkChannel channel) {
    this.channel = channel;
  }

  /** Sets whether a port and the other isolated ports of its bridge exchange no frames. */
  public void setIsolated(int index, boolean on) throws IOException {
    change(index, on, "set isolation of port " + index, Rtnetlink.IFLA_BRPORT_ISOLATED);
  }

  /**
   * Sets whether a port gets frames that the bridge knows no port for: those to unknown addresses,
   * to groups and to everybody.
   */
  public void setFlooded(int index, boolean on) throws IOException {
    change(
        index,
        on,
        "set flooding of port " + index,
        Rtnetlink.IFLA_BRPORT_UNICAST_FLOOD,
        Rtnetlink.IFLA_BRPORT_MCAST_FLOOD,
        Rtnetlink.IFLA_BRPORT_BCAST_FLOOD);
  }

  /** Sets whether a port sends frames back to where they came from. */
  public void setHairpin(int index, boolean on) throws IOException {
    change(index, on, "set hairpin mode of port " + index, Rtnetlink.IFLA_BRPORT_MODE);
  }

  /** Sets whether the bridge learns addresses from frames that come from a port. */
  public void setLearning(int index, boolean on) throws IOException {
    change(index, on, "set learning of port " + index, Rtnetlink.IFLA_BRPORT_LEARNING);
  }

  /** Has the bridge forget the addresses that it has learnt from a port. */
  public void forgetAddresses(int index) throws IOException {
    change(index, true, "forget the addresses of port " + index, Rtnetlink.IFLA_BRPORT_FLUSH);
  }

  /**
   * An address that a bridge knows.
   *
   * @param port index of the port that frames to it go to; the bridge itself for its own address
   * @param ageMillis since a frame came from it
   */
  public record Learnt(int port, long ageMillis) {}

  /** What a bridge knows of an address, if anything. */
  public Optional<Learnt> find(int bridgeIndex, MacAddress mac) throws IOException {
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETNEIGH, 0)
            .bytes(SocketConstants.AF_BRIDGE, 0, 0, 0)
            .zeros(NEIGHBOUR_BYTES - Integer.BYTES);
    request.attribute(Rtnetlink.NDA_LLADDR, mac.bytes());
    request.attribute(Rtnetlink.NDA_MASTER, bridgeIndex);
    ListReader<Learnt> reader =
        new ListReader<>(Rtnetlink.RTM_NEWNEIGH, NEIGHBOUR_BYTES, BridgePorts::parse);
    try {
      channel.query(request, "look up the port of " + mac, reader);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
    return reader.objects().stream().findFirst();
  }

  private static Optional<Learnt> parse(ByteBuffer structure, NetlinkAttributes attributes) {
    ByteBuffer times = attributes.buffer(Rtnetlink.NDA_CACHEINFO);
    long ticks =
        times.capacity() < UPDATED_OFFSET + Integer.BYTES
            ? 0
            : Integer.toUnsignedLong(times.getInt(UPDATED_OFFSET));
    return Optional.of(new Learnt(structure.getInt(INTERFACE_OFFSET), ticks * MILLIS_PER_TICK));
  }

  private void change(int index, boolean on, String attempted, int... attributes)
      throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, 0).link(index, 0, 0);
    int info = request.nest(Rtnetlink.IFLA_LINKINFO);
    request.attribute(Rtnetlink.IFLA_INFO_SLAVE_KIND, "bridge");
    int data = request.nest(Rtnetlink.IFLA_INFO_SLAVE_DATA);
    for (int attribute : attributes) {
      request.attribute(attribute, (byte) (on ? 1 : 0));
    }
    request.end(data).end(info);
    channel.request(request, attempted);
  }
}
