package io.weft.linux;

/**
 * What a VXLAN interface with one other end is made of.
 *
 * @param name its name
 * @param port UDP port on both sides
 * @param receiveId network identifier that it takes frames of, 24 bits, not 0
 * @param sendId network identifier that its own frames get, 24 bits, not 0
 * @param local outer source address
 * @param remote outer destination address
 */
public record VxlanPeer(
    String name, int port, int receiveId, int sendId, Ipv4Address local, Ipv4Address remote) {
  private static final int ID_MAX = 0xff_ffff;

  /** Checks the ranges; 0 means "the other identifier" to the kernel. */
  public VxlanPeer {
    if (receiveId <= 0 || receiveId > ID_MAX || sendId <= 0 || sendId > ID_MAX) {
      throw new IllegalArgumentException("a network identifier has 24 bits and is not 0");
    }
  }
}
