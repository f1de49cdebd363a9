package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The network interfaces of one namespace; see {@link Netlink} for threads and errors. */
public final class Links {
  /** Longest interface name, in characters. */
  public static final int NAME_LENGTH_MAX = 15;

  private static final int LINK_BYTES = 16;
  private static final int NAMESPACE_BYTES = 4;

  // In {@code struct rtnl_link_stats64}.
  private static final int RECEIVE_DROPPED_OFFSET = 48;
  private static final int TRANSMIT_DROPPED_OFFSET = 56;

  private static final int CREATE = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL;

  private final NetlinkChannel channel;

  Links(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * Creates a bridge without an address of its own: it takes one from its ports until {@link
   * #setMac} gives it one.
   *
   * @throws LinuxException EEXIST if the name is taken
   */
  public void createBridge(String name) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, CREATE).link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    int info = request.nest(Rtnetlink.IFLA_LINKINFO);
    request.attribute(Rtnetlink.IFLA_INFO_KIND, "bridge").end(info);
    channel.request(request, "add bridge " + name);
  }

  /**
   * Creates two interfaces that are the ends of one cable, both down.
   *
   * @param mtuBytes MTU of both ends
   * @throws LinuxException EEXIST if a name is taken
   */
  public void createVethPair(String name, String peerName, int mtuBytes) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, CREATE).link(0, 0, 0);
    createVethPair(request, name, peerName, Optional.empty(), Optional.empty(), mtuBytes);
  }

  /**
   * Creates a bridge port that is up, and its other end, down, in another namespace: all at once,
   * which is several times faster than doing it step by step.
   *
   * @param bridgeIndex the bridge
   * @param target namespace of the peer
   * @param peerMac Ethernet address of the peer; one of the kernel's choice if not given
   * @param mtuBytes MTU of both ends
   * @throws LinuxException EEXIST if a name is taken, here or there
   */
  public void createVethPort(
      String name,
      int bridgeIndex,
      String peerName,
      NetworkNamespace target,
      Optional<MacAddress> peerMac,
      int mtuBytes)
      throws IOException {
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_NEWLINK, CREATE).link(0, Link.UP, Link.UP);
    request.attribute(Rtnetlink.IFLA_MASTER, bridgeIndex);
    createVethPair(request, name, peerName, Optional.of(target), peerMac, mtuBytes);
  }

  private void createVethPair(
      NetlinkRequest request,
      String name,
      String peerName,
      Optional<NetworkNamespace> target,
      Optional<MacAddress> peerMac,
      int mtuBytes)
      throws IOException {
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    request.attribute(Rtnetlink.IFLA_MTU, mtuBytes);
    int info = request.nest(Rtnetlink.IFLA_LINKINFO);
    request.attribute(Rtnetlink.IFLA_INFO_KIND, "veth");
    int data = request.nest(Rtnetlink.IFLA_INFO_DATA);
    int peer = request.nest(Rtnetlink.VETH_INFO_PEER);
    request.link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(peerName));
    request.attribute(Rtnetlink.IFLA_MTU, mtuBytes);
    peerMac.ifPresent(mac -> request.attribute(Rtnetlink.IFLA_ADDRESS, mac.bytes()));
    target.ifPresent(place -> request.attribute(Rtnetlink.IFLA_NET_NS_FD, place.descriptor()));
    request.end(peer).end(data).end(info);
    channel.request(request, "add veth pair " + name + ", " + peerName);
  }

  /**
   * Creates a VXLAN interface whose packets bring their addresses and network identifiers along,
   * down. It takes any identifier, sets no inner address aside and learns nothing.
   *
   * @param port UDP port to listen on and to send to
   * @throws LinuxException EEXIST if the name or the port is taken
   */
  public void createVxlan(String name, int port, int mtuBytes) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, CREATE).link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    request.attribute(Rtnetlink.IFLA_MTU, mtuBytes);
    int info = request.nest(Rtnetlink.IFLA_LINKINFO);
    request.attribute(Rtnetlink.IFLA_INFO_KIND, "vxlan");
    int data = request.nest(Rtnetlink.IFLA_INFO_DATA);
    request.attribute(Rtnetlink.IFLA_VXLAN_COLLECT_METADATA, (byte) 1);
    request.attribute(Rtnetlink.IFLA_VXLAN_LEARNING, (byte) 0);
    request.attribute(Rtnetlink.IFLA_VXLAN_UDP_ZERO_CSUM6_RX, (byte) 1);
    request.attribute(Rtnetlink.IFLA_VXLAN_PORT, new byte[] {(byte) (port >>> 8), (byte) port});
    request.end(data).end(info);
    channel.request(request, "add the VXLAN interface " + name);
  }

  /**
   * Deletes an interface; the other end of a veth pair goes with it.
   *
   * @throws LinuxException ENODEV if there is none
   */
  public void delete(int index) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_DELLINK, 0).link(index, 0, 0);
    channel.request(request, "delete interface " + index);
  }

  /** Switches an interface on. */
  public void setUp(int index) throws IOException {
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_NEWLINK, 0).link(index, Link.UP, Link.UP);
    channel.request(request, "set interface " + index + " up");
  }

  /** Switches an interface off. */
  public void setDown(int index) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, 0).link(index, 0, Link.UP);
    channel.request(request, "set interface " + index + " down");
  }

  /** Sets the Ethernet address. */
  public void setMac(int index, MacAddress mac) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_ADDRESS, mac.bytes());
    channel.request(request, "set the address of interface " + index + " to " + mac);
  }

  /** Sets the MTU; the kernel knows each driver's limits. */
  public void setMtu(int index, int mtuBytes) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_MTU, mtuBytes);
    channel.request(request, "set the MTU of interface " + index + " to " + mtuBytes);
  }

  /**
   * Sets the longest super-frame that the stack gives to an interface.
   *
   * @param bytes with headers, 0 to 65536
   */
  public void setGsoMax(int index, int bytes) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_GSO_MAX_SIZE, bytes);
    channel.request(request, "set gso_max_size of interface " + index + " to " + bytes);
  }

  /** Makes an interface a port of a bridge. */
  public void enslave(int index, int bridgeIndex) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_MASTER, bridgeIndex);
    channel.request(request, "make interface " + index + " a port of " + bridgeIndex);
  }

  /** Takes an interface off its bridge. */
  public void release(int index) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_MASTER, 0);
    channel.request(request, "take interface " + index + " off its bridge");
  }

  /** Renames an interface, which must be down on older kernels. */
  public void rename(int index, String name) throws IOException {
    NetlinkRequest request = change(index).attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    channel.request(request, "rename interface " + index + " to " + name);
  }

  /**
   * Moves an interface to another namespace. It is down there, has lost its addresses, and may have
   * another index.
   *
   * @param name its name there; may be its present one
   * @throws LinuxException EEXIST if the name is taken there
   */
  public void move(int index, NetworkNamespace target, String name) throws IOException {
    NetlinkRequest request = change(index);
    request.attribute(Rtnetlink.IFLA_NET_NS_FD, target.descriptor());
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    channel.request(request, "move interface " + index + " to " + target + " as " + name);
  }

  /** Moves an interface to the namespace of a process; otherwise as the other one. */
  public void move(int index, int pid, String name) throws IOException {
    NetlinkRequest request = change(index);
    request.attribute(Rtnetlink.IFLA_NET_NS_PID, pid);
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    channel.request(request, "move interface " + index + " to process " + pid + " as " + name);
  }

  /** Takes every eBPF program off the traffic control hooks of an interface. */
  public void removePrograms(int index) throws IOException {
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_DELQDISC, 0)
            .bytes(SocketConstants.AF_UNSPEC, 0, 0, 0)
            .word(index)
            .word(Rtnetlink.TC_H_CLSACT_HANDLE)
            .word(Rtnetlink.TC_H_CLSACT)
            .word(0);
    try {
      channel.request(request, "take programs off interface " + index);
    } catch (LinuxException e) {
      // How the kernel says that there is no such hook.
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
  }

  /** The interface with a name, if there is one. */
  public Optional<Link> find(String name) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_GETLINK, 0).link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_IFNAME, checkName(name));
    return query(request, "look up interface " + name);
  }

  /** The interface with an index, if there is one. */
  public Optional<Link> find(int index) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_GETLINK, 0).link(index, 0, 0);
    return query(request, "look up interface " + index);
  }

  /** What an interface has counted, if there is one with this index. */
  public Optional<LinkStatistics> statistics(int index) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_GETLINK, 0).link(index, 0, 0);
    return query(
        request,
        "look up what interface " + index + " has counted",
        new ListReader<>(
            Rtnetlink.RTM_NEWLINK, LINK_BYTES, (link, rest) -> Optional.of(statistics(rest))));
  }

  /**
   * The interface with a name.
   *
   * @throws LinuxException ENODEV if there is none
   */
  public Link get(String name) throws IOException {
    Optional<Link> link = find(name);
    if (link.isEmpty()) {
      throw new LinuxException("look up interface " + name, Errno.ENODEV);
    }
    return link.get();
  }

  /** All interfaces. */
  public List<Link> list() throws IOException {
    ListReader<Link> reader = reader();
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_GETLINK, 0).link(0, 0, 0);
    channel.dump(request, "list interfaces", reader);
    return reader.objects();
  }

  /**
   * The number by which this namespace knows another one, as in {@link Link#peerNamespaceId}; empty
   * if it knows it by none, so that no interface here can have its other end there.
   */
  public OptionalInt namespaceId(NetworkNamespace namespace) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_GETNSID, 0).word(0);
    request.attribute(Rtnetlink.NETNSA_FD, namespace.descriptor());
    ListReader<Integer> reader =
        new ListReader<>(
            Rtnetlink.RTM_NEWNSID,
            NAMESPACE_BYTES,
            (structure, attributes) ->
                Optional.of(attributes.integer(Rtnetlink.NETNSA_NSID, Link.SAME_NAMESPACE)));
    channel.query(request, "look up " + namespace, reader);
    return reader.objects().stream().mapToInt(Integer::intValue).filter(id -> id >= 0).findFirst();
  }

  /** Returns {@code name}, or throws if the kernel would not take it as an interface name. */
  static String checkName(String name) {
    boolean plain = name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '/' && c != ':');
    boolean reserved = name.equals(".") || name.equals("..");
    if (!plain || reserved || name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException("not an interface name: \"" + name + "\"");
    }
    return name;
  }

  private static NetlinkRequest change(int index) {
    return new NetlinkRequest(Rtnetlink.RTM_NEWLINK, 0).link(index, 0, 0);
  }

  private Optional<Link> query(NetlinkRequest request, String attempted) throws IOException {
    return query(request, attempted, reader());
  }

  private <T> Optional<T> query(NetlinkRequest request, String attempted, ListReader<T> reader)
      throws IOException {
    try {
      channel.query(request, attempted, reader);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
    return reader.objects().stream().findFirst();
  }

  private static ListReader<Link> reader() {
    return new ListReader<>(
        Rtnetlink.RTM_NEWLINK, LINK_BYTES, (link, rest) -> Optional.of(parse(link, rest)));
  }

  private static LinkStatistics statistics(NetlinkAttributes attributes) {
    return new LinkStatistics(
        counted(attributes, 0),
        counted(attributes, Long.BYTES),
        counted(attributes, 2 * Long.BYTES),
        counted(attributes, 3 * Long.BYTES),
        counted(attributes, RECEIVE_DROPPED_OFFSET),
        counted(attributes, TRANSMIT_DROPPED_OFFSET));
  }

  private static long counted(NetlinkAttributes attributes, int offset) {
    return attributes.longAt(Rtnetlink.IFLA_STATS64, offset, 0);
  }

  private static Link parse(ByteBuffer structure, NetlinkAttributes attributes) {
    NetlinkAttributes info = attributes.nested(Rtnetlink.IFLA_LINKINFO);
    NetlinkAttributes port = info.nested(Rtnetlink.IFLA_INFO_SLAVE_DATA);
    boolean bridgePort = info.text(Rtnetlink.IFLA_INFO_SLAVE_KIND).equals("bridge");
    byte[] mac = attributes.bytes(Rtnetlink.IFLA_ADDRESS);
    return new Link(
        structure.getInt(4),
        attributes.text(Rtnetlink.IFLA_IFNAME),
        structure.getInt(8),
        mac.length == MacAddress.BYTES ? Optional.of(MacAddress.of(mac)) : Optional.empty(),
        attributes.integer(Rtnetlink.IFLA_MTU, 0),
        attributes.integer(Rtnetlink.IFLA_MASTER, 0),
        info.text(Rtnetlink.IFLA_INFO_KIND),
        attributes.integer(Rtnetlink.IFLA_LINK, 0),
        attributes.integer(Rtnetlink.IFLA_LINK_NETNSID, Link.SAME_NAMESPACE),
        bridgePort && port.octet(Rtnetlink.IFLA_BRPORT_MODE, 0) == 1,
        attributes.integer(Rtnetlink.IFLA_GSO_MAX_SIZE, 0),
        counted(attributes, TRANSMIT_DROPPED_OFFSET));
  }
}
