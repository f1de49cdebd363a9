package io.weft.linux;

import java.nio.ByteBuffer;

/**
 * Announces that an address has a new owner, so that others correct their ARP caches (overlay.md
 * D.6). Without state; any thread.
 */
public final class GratuitousArp {
  private static final int FRAME_BYTES = 42;
  private static final int HARDWARE_ETHERNET = 1;
  private static final int PROTOCOL_IPV4 = 0x0800;
  private static final int OPERATION_REQUEST = 1;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};

  private GratuitousArp() {}

  /**
   * Sends one announcement on an interface of the calling thread's namespace: a request for the
   * address from the address itself (RFC 5227, section 3).
   *
   * @param linkIndex interface that has the address
   * @param mac Ethernet address of that interface
   */
  public static void announce(int linkIndex, MacAddress mac, Ipv4Address address)
      throws LinuxException {
    ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_BYTES);
    frame.put(BROADCAST).put(mac.bytes()).putShort((short) SocketConstants.ETH_P_ARP);
    frame.putShort((short) HARDWARE_ETHERNET).putShort((short) PROTOCOL_IPV4);
    frame.put((byte) MacAddress.BYTES).put((byte) Integer.BYTES);
    frame.putShort((short) OPERATION_REQUEST);
    frame.put(mac.bytes()).putInt(address.value());
    frame.put(new byte[MacAddress.BYTES]).putInt(address.value());
    try (PacketSocket socket = PacketSocket.open(linkIndex, SocketConstants.ETH_P_ARP)) {
      int sent = socket.send(frame, 0, FRAME_BYTES);
      if (sent < 0) {
        throw new LinuxException("announce " + address + " on interface " + linkIndex, -sent);
      }
    }
  }
}
