package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** IPv4 neighbours of one namespace; see {@link Netlink} for threads and errors. */
public final class Neighbours {
  private static final int NEIGHBOUR_BYTES = 12;
  private static final int STATE_OFFSET = 8;

  private final NetlinkChannel channel;

  Neighbours(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * A neighbour whose Ethernet address is known.
   *
   * @param linkIndex the interface it is reached by
   * @param address its IPv4 address
   * @param mac its Ethernet address
   * @param permanent whether it was configured, not learnt
   */
  public record Neighbour(int linkIndex, Ipv4Address address, MacAddress mac, boolean permanent) {}

  /** Adds a permanent neighbour, or replaces what is known about it. */
  public void add(int linkIndex, Ipv4Address address, MacAddress mac) throws IOException {
    int flags = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_REPLACE;
    NetlinkRequest request =
        message(Rtnetlink.RTM_NEWNEIGH, flags, linkIndex, Rtnetlink.NUD_PERMANENT)
            .attribute(Rtnetlink.NDA_DST, address)
            .attribute(Rtnetlink.NDA_LLADDR, mac.bytes());
    channel.request(request, "add neighbour " + address + " at " + mac);
  }

  /**
   * Deletes a neighbour.
   *
   * @throws LinuxException ENOENT if there is none
   */
  public void delete(int linkIndex, Ipv4Address address) throws IOException {
    NetlinkRequest request =
        message(Rtnetlink.RTM_DELNEIGH, 0, linkIndex, 0).attribute(Rtnetlink.NDA_DST, address);
    channel.request(request, "delete neighbour " + address);
  }

  /** The neighbours of all interfaces whose Ethernet address is known. */
  public List<Neighbour> list() throws IOException {
    ListReader<Neighbour> reader =
        new ListReader<>(Rtnetlink.RTM_NEWNEIGH, NEIGHBOUR_BYTES, Neighbours::parse);
    channel.dump(message(Rtnetlink.RTM_GETNEIGH, 0, 0, 0), "list neighbours", reader);
    return reader.objects();
  }

  private static NetlinkRequest message(int type, int flags, int linkIndex, int state) {
    return new NetlinkRequest(type, flags)
        .bytes(SocketConstants.AF_INET, 0, 0, 0)
        .word(linkIndex)
        .half(state)
        .bytes(0, 0);
  }

  private static Optional<Neighbour> parse(ByteBuffer structure, NetlinkAttributes attributes) {
    byte[] mac = attributes.bytes(Rtnetlink.NDA_LLADDR);
    if (structure.get(0) != SocketConstants.AF_INET || mac.length != MacAddress.BYTES) {
      return Optional.empty();
    }
    int state = structure.getShort(STATE_OFFSET);
    return Optional.of(
        new Neighbour(
            structure.getInt(4),
            attributes.ipv4(Rtnetlink.NDA_DST),
            MacAddress.of(mac),
            (state & Rtnetlink.NUD_PERMANENT) != 0));
  }
}
