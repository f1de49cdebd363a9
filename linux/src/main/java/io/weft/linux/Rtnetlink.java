package io.weft.linux;

/** Numbers of the kernel's rtnetlink interface, from its user-space headers. */
final class Rtnetlink {
  static final int NETLINK_ROUTE = 0;
  static final int SOL_NETLINK = 270;
  static final int NETLINK_ADD_MEMBERSHIP = 1;
  static final int RTNLGRP_LINK = 1;
  static final int RTNLGRP_TC = 4;
  static final int NETLINK_CAP_ACK = 10;
  static final int NETLINK_EXT_ACK = 11;

  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int NLM_F_REQUEST = 1;
  static final int NLM_F_ACK = 4;
  static final int NLM_F_DUMP_INTR = 0x10;
  static final int NLM_F_CAPPED = 0x100;
  static final int NLM_F_REPLACE = 0x100;
  static final int NLM_F_ACK_TLVS = 0x200;
  static final int NLM_F_EXCL = 0x200;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_CREATE = 0x400;
  static final int NLM_F_APPEND = 0x800;
  static final int NLMSGERR_ATTR_MSG = 1;
  static final int NLA_F_NESTED = 0x8000;
  static final int NLA_TYPE_MASK = 0x3FFF;

  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_GETNEIGH = 30;
  static final int RTM_NEWQDISC = 36;
  static final int RTM_DELQDISC = 37;
  static final int RTM_GETQDISC = 38;
  static final int TCA_KIND = 1;
  static final int TC_H_CLSACT = 0xFFFF_FFF1;
  static final int TC_H_CLSACT_HANDLE = 0xFFFF_0000;
  static final int RTM_NEWNSID = 88;
  static final int RTM_GETNSID = 90;

  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINK = 5;
  static final int IFLA_MASTER = 10;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_NET_NS_PID = 19;
  static final int IFLA_GROUP = 27;
  static final int IFLA_NET_NS_FD = 28;
  static final int IFLA_STATS64 = 23;
  static final int IFLA_LINK_NETNSID = 37;
  static final int IFLA_GSO_MAX_SIZE = 41;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_INFO_SLAVE_KIND = 4;
  static final int IFLA_INFO_SLAVE_DATA = 5;
  static final int IFLA_BRPORT_MODE = 4;
  static final int IFLA_BRPORT_LEARNING = 8;
  static final int IFLA_BRPORT_UNICAST_FLOOD = 9;
  static final int IFLA_BRPORT_FLUSH = 24;
  static final int IFLA_BRPORT_MCAST_FLOOD = 27;
  static final int IFLA_BRPORT_BCAST_FLOOD = 30;
  static final int IFLA_BRPORT_ISOLATED = 33;
  static final int VETH_INFO_PEER = 1;
  static final int IFLA_VXLAN_ID = 1;
  static final int IFLA_VXLAN_LOCAL = 4;
  static final int IFLA_VXLAN_TTL = 5;
  static final int IFLA_VXLAN_LEARNING = 7;
  static final int IFLA_VXLAN_PORT = 15;
  static final int IFLA_VXLAN_UDP_CSUM = 18;
  static final int IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
  static final int IFLA_VXLAN_COLLECT_METADATA = 25;
  static final int IFLA_VXLAN_DF = 29;

  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_BROADCAST = 4;

  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_METRICS = 8;
  static final int RTA_TABLE = 15;
  static final int RTAX_MTU = 2;
  static final int RTAX_ADVMSS = 8;
  static final int RT_TABLE_UNSPEC = 0;
  static final int RT_TABLE_MAIN = 254;
  static final int RTPROT_STATIC = 4;
  static final int RT_SCOPE_UNIVERSE = 0;
  static final int RT_SCOPE_LINK = 253;
  static final int RT_SCOPE_NOWHERE = 255;
  static final int RTN_UNSPEC = 0;
  static final int RTN_UNICAST = 1;

  static final int NETNSA_NSID = 1;
  static final int NETNSA_FD = 3;

  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NDA_CACHEINFO = 3;
  static final int NDA_VNI = 7;
  static final int NDA_MASTER = 9;
  static final int NTF_SELF = 2;
  static final int NUD_NOARP = 0x40;
  static final int NUD_PERMANENT = 0x80;

  private Rtnetlink() {}
}
