package io.weft.linux;

import java.io.IOException;

/**
 * VXLAN interfaces with one other end each, which are ports of a bridge; see {@link Netlink} for
 * threads and errors. All that one caller makes are of one group of interfaces, by which they can
 * be deleted at once: each deletion waits for the kernel's readers.
 */
public final class PointToPointVxlans {
  // By specification of the overlay (overlay.md C.1).
  private static final byte TTL = 64;
  private static final byte DF_SET = 1;

  private static final int CREATE = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_EXCL;

  private final NetlinkChannel channel;
  private final Links links;
  private final BridgePorts ports;

  PointToPointVxlans(NetlinkChannel channel, Links links, BridgePorts ports) {
    this.channel = channel;
    this.links = links;
    this.ports = ports;
  }

  /**
   * Makes an interface that is up, and a port of a bridge that is isolated from other isolated
   * ones. It learns nothing: every frame that the bridge gives it goes to its other end, with DF
   * and without an outer checksum.
   *
   * @param group of interfaces, not 0
   * @return its index
   * @throws LinuxException EEXIST if the name or the identifier is taken, EADDRINUSE if another
   *     program has the port; then there is no interface
   */
  public int open(VxlanPeer peer, int group, int bridgeIndex, int mtuBytes) throws IOException {
    create(peer, group, bridgeIndex, mtuBytes);
    int index = links.get(peer.name()).index();
    try {
      // While it is down no frame passes that isolation would have stopped.
      ports.setIsolated(index, true);
      Sysctl.writeIfPresent("net/ipv6/conf/" + peer.name() + "/disable_ipv6", "1");
      setOtherEnd(index, peer);
      links.setUp(index);
      return index;
    } catch (IOException e) {
      links.delete(index);
      throw e;
    }
  }

  private void create(VxlanPeer peer, int group, int bridgeIndex, int mtuBytes) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_NEWLINK, CREATE).link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_IFNAME, Links.checkName(peer.name()));
    request.attribute(Rtnetlink.IFLA_MTU, mtuBytes);
    request.attribute(Rtnetlink.IFLA_GROUP, group);
    request.attribute(Rtnetlink.IFLA_MASTER, bridgeIndex);
    int info = request.nest(Rtnetlink.IFLA_LINKINFO);
    request.attribute(Rtnetlink.IFLA_INFO_KIND, "vxlan");
    int data = request.nest(Rtnetlink.IFLA_INFO_DATA);
    request.attribute(Rtnetlink.IFLA_VXLAN_ID, peer.receiveId());
    request.attribute(Rtnetlink.IFLA_VXLAN_LOCAL, peer.local());
    request.attribute(Rtnetlink.IFLA_VXLAN_TTL, TTL);
    request.attribute(Rtnetlink.IFLA_VXLAN_DF, DF_SET);
    request.attribute(Rtnetlink.IFLA_VXLAN_LEARNING, (byte) 0);
    request.attribute(Rtnetlink.IFLA_VXLAN_UDP_CSUM, (byte) 0);
    int port = peer.port();
    request.attribute(Rtnetlink.IFLA_VXLAN_PORT, new byte[] {(byte) (port >>> 8), (byte) port});
    request.end(data).end(info);
    channel.request(request, "add the VXLAN interface " + peer.name());
  }

  /** The entry for every address that has none of its own, which is all of them. */
  private void setOtherEnd(int index, VxlanPeer peer) throws IOException {
    int flags = Rtnetlink.NLM_F_CREATE | Rtnetlink.NLM_F_APPEND;
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_NEWNEIGH, flags)
            .bytes(SocketConstants.AF_BRIDGE, 0, 0, 0)
            .word(index)
            .half(Rtnetlink.NUD_PERMANENT | Rtnetlink.NUD_NOARP)
            .bytes(Rtnetlink.NTF_SELF, 0);
    request.attribute(Rtnetlink.NDA_LLADDR, new byte[MacAddress.BYTES]);
    request.attribute(Rtnetlink.NDA_DST, peer.remote());
    request.attribute(Rtnetlink.NDA_VNI, peer.sendId());
    channel.request(request, "set the other end of the VXLAN interface " + peer.name());
  }

  /** Deletes all interfaces of a group at once; that there is none is no error. */
  public void deleteAll(int group) throws IOException {
    NetlinkRequest request = new NetlinkRequest(Rtnetlink.RTM_DELLINK, 0).link(0, 0, 0);
    request.attribute(Rtnetlink.IFLA_GROUP, group);
    try {
      channel.request(request, "delete the interfaces of group " + group);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENODEV) {
        throw e;
      }
    }
  }
}
