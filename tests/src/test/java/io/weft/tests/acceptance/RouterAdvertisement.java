package io.weft.tests.acceptance;

import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What an IPv6 router sends to all nodes (RFC 4861, section 4.2): here a container that pretends to
 * be one, so that others would send their traffic to it.
 */
final class RouterAdvertisement {
  /** Addresses that whoever believes it gives itself begin so. */
  static final String PREFIX = "2001:db8:7:";

  private static final int ETHERNET_BYTES = 14;
  private static final int IP_BYTES = 40;
  private static final int ICMP_BYTES = 48;
  private static final int ICMP = 58;
  private static final int ADDRESSES_BYTES = 32;
  private static final String TO_ALL_NODES = "333300000001";

  private RouterAdvertisement() {}

  /** Sends one on an interface of a container. */
  static void send(Namespace from, String interfaceName) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(from.name())) {
      entered.perform(() -> {
        Link link;
        try (Netlink netlink = Netlink.open()) {
          link = netlink.links().get(interfaceName);
        }
        ByteBuffer frame = frame(link.mac().orElseThrow().bytes());
        try (PacketSocket socket = PacketSocket.open(link.index(), PacketSocket.ALL_PROTOCOLS)) {
          int sent = socket.send(frame, 0, frame.capacity());
          if (sent < 0) {
            throw new LinuxException("send a router advertisement", -sent);
          }
        }
      });
    }
  }

  private static ByteBuffer frame(byte[] mac) throws IOException {
    ByteBuffer frame = ByteBuffer.allocateDirect(ETHERNET_BYTES + IP_BYTES + ICMP_BYTES);
    frame.put(HexFormat.of().parseHex(TO_ALL_NODES)).put(mac).putShort((short) 0x86dd);
    // Version 6; a hop limit of 255 shows that no router has forwarded it.
    frame.putInt(0x60000000).putShort((short) ICMP_BYTES).put((byte) ICMP).put((byte) 255);
    frame.put(InetAddress.getByName("fe80::bad").getAddress());
    frame.put(InetAddress.getByName("ff02::1").getAddress());
    // Type 134; a default router for half an hour.
    frame.putInt(0x86000000).putInt(0x40000708).putLong(0);
    // A prefix of 64 bits on this link, for addresses of one's own.
    frame.putInt(0x030440c0).putInt(86_400).putInt(14_400).putInt(0);
    frame.put(InetAddress.getByName(PREFIX + ":").getAddress());
    frame.putShort(ETHERNET_BYTES + IP_BYTES + 2, checksum(frame));
    return frame;
  }

  /** Over the addresses, the length and the protocol, and the message (RFC 8200, section 8.1). */
  private static short checksum(ByteBuffer frame) {
    int sum = ICMP_BYTES + ICMP;
    int begin = ETHERNET_BYTES + IP_BYTES - ADDRESSES_BYTES;
    for (int i = begin; i < frame.capacity(); i += 2) {
      sum += Short.toUnsignedInt(frame.getShort(i));
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
