package io.weft.linux;

/** Numbers of the kernel's socket interface, from its user-space headers. */
final class SocketConstants {
  static final int AF_UNSPEC = 0;
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_BRIDGE = 7;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;

  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;

  static final int SOL_SOCKET = 1;
  static final int SO_ATTACH_FILTER = 26;
  static final int IPPROTO_UDP = 17;
  static final int SO_REUSEADDR = 2;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_NO_CHECK = 11;
  static final int SO_RCVTIMEO = 20;
  static final int SO_SNDTIMEO = 21;
  static final int SCM_RIGHTS = 1;
  static final int SHUT_RD = 0;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_RCVBUFFORCE = 33;

  static final int IPPROTO_IP = 0;
  static final int IP_MTU_DISCOVER = 10;
  static final int IP_MTU = 14;
  static final int IP_PMTUDISC_DONT = 0;
  static final int IP_PMTUDISC_DO = 2;
  static final int IP_PMTUDISC_PROBE = 3;

  static final int SOL_UDP = 17;
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;

  static final int SOL_PACKET = 263;
  static final int PACKET_ADD_MEMBERSHIP = 1;
  static final int PACKET_MR_PROMISC = 1;
  static final int PACKET_OUTGOING = 4;
  static final int ETH_P_ALL = 3;
  static final int ETH_P_ARP = 0x0806;

  static final int MSG_PEEK = 0x2;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

  static final int POLLOUT = 4;

  private SocketConstants() {}
}
