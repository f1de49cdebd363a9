package io.weft.linux;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** IPv4 addresses of one namespace; see {@link Netlink} for threads and errors. */
public final class Addresses {
  private static final int ADDRESS_BYTES = 8;
  private static final int BROADCAST_LENGTH_MAX = 30;

  private final NetlinkChannel channel;

  Addresses(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * An address of an interface.
   *
   * @param linkIndex the interface
   * @param prefix the address and the length of its network's prefix
   */
  public record Assigned(int linkIndex, Ipv4Prefix prefix) {}

  /**
   * Gives an interface an address, with the broadcast address of its network.
   *
   * @throws LinuxException EEXIST if it has it already
   */
  public void add(int linkIndex, Ipv4Prefix prefix) throws IOException {
    int flags = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL;
    NetlinkRequest request = message(Rtnetlink.RTM_NEWADDR, flags, linkIndex, prefix);
    if (prefix.length() <= BROADCAST_LENGTH_MAX) {
      request.attribute(Rtnetlink.IFA_BROADCAST, prefix.broadcast());
    }
    channel.request(request, "add address " + prefix + " to interface " + linkIndex);
  }

  /**
   * Takes an address from an interface.
   *
   * @throws LinuxException EADDRNOTAVAIL if it does not have it
   */
  public void delete(int linkIndex, Ipv4Prefix prefix) throws IOException {
    NetlinkRequest request = message(Rtnetlink.RTM_DELADDR, 0, linkIndex, prefix);
    channel.request(request, "delete address " + prefix + " from interface " + linkIndex);
  }

  /** Takes all IPv4 addresses from an interface. */
  public void flush(int linkIndex) throws IOException {
    for (Ipv4Prefix prefix : list(linkIndex)) {
      try {
        delete(linkIndex, prefix);
      } catch (LinuxException e) {
        // Secondary addresses may go together with their primary one.
        if (e.errno() != Errno.EADDRNOTAVAIL) {
          throw e;
        }
      }
    }
  }

  /** The addresses of an interface. */
  public List<Ipv4Prefix> list(int linkIndex) throws IOException {
    return list().stream()
        .filter(assigned -> assigned.linkIndex() == linkIndex)
        .map(Assigned::prefix)
        .toList();
  }

  /** The addresses of all interfaces. */
  public List<Assigned> list() throws IOException {
    ListReader<Assigned> reader =
        new ListReader<>(
            Rtnetlink.RTM_NEWADDR,
            ADDRESS_BYTES,
            (structure, attributes) -> {
              int prefixLength = structure.get(1);
              if (structure.get(0) != SocketConstants.AF_INET || prefixLength > Integer.SIZE) {
                return Optional.empty();
              }
              Ipv4Address address = attributes.ipv4(Rtnetlink.IFA_LOCAL);
              Ipv4Prefix prefix = new Ipv4Prefix(address, prefixLength);
              return Optional.of(new Assigned(structure.getInt(4), prefix));
            });
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETADDR, 0)
            .bytes(SocketConstants.AF_INET, 0, 0, 0)
            .word(0);
    channel.dump(request, "list addresses", reader);
    return reader.objects();
  }

  private static NetlinkRequest message(int type, int flags, int linkIndex, Ipv4Prefix prefix) {
    return new NetlinkRequest(type, flags)
        .bytes(SocketConstants.AF_INET, prefix.length(), 0, Rtnetlink.RT_SCOPE_UNIVERSE)
        .word(linkIndex)
        .attribute(Rtnetlink.IFA_LOCAL, prefix.address())
        .attribute(Rtnetlink.IFA_ADDRESS, prefix.address());
  }
}
