package io.weft.linux;

import java.util.Optional;

/**
 * A network interface as the kernel described it.
 *
 * @param index its number in its namespace
 * @param name its name
 * @param flags the kernel's interface flags
 * @param mac its Ethernet address, if it has one
 * @param mtuBytes largest packet without the link header
 * @param masterIndex the bridge it is enslaved to, 0 for none
 * @param kind driver kind such as {@code bridge} or {@code veth}; empty if it has none
 * @param peerIndex the other end of a veth pair in whatever namespace that is; 0 for none
 * @param peerNamespaceId the namespace of that other end, see {@link Links#namespaceId}; {@link
 *     #SAME_NAMESPACE} when it is this one
 * @param hairpin for a bridge port: whether frames may leave by the port they came from
 * @param gsoMaxBytes longest super-frame that the stack gives to it, 0 when the kernel does not say
 * @param transmitDropped frames it was given and dropped
 */
public record Link(
    int index,
    String name,
    int flags,
    Optional<MacAddress> mac,
    int mtuBytes,
    int masterIndex,
    String kind,
    int peerIndex,
    int peerNamespaceId,
    boolean hairpin,
    int gsoMaxBytes,
    long transmitDropped) {
  /** The other end, if there is one, is in the same namespace. */
  public static final int SAME_NAMESPACE = -1;

  /** Flag: administratively up. */
  public static final int UP = 0x1;

  /** Flag: the kernel has noticed its carrier, as bridges wait for. */
  public static final int RUNNING = 0x40;

  /** Flag: takes frames for every address. */
  public static final int PROMISCUOUS = 0x100;

  /** Flag: has a carrier. */
  public static final int LOWER_UP = 0x1_0000;

  /** Whether it is administratively up. */
  public boolean isUp() {
    return (flags & UP) != 0;
  }

  /** Whether all in the kernel know that it has a carrier, which may take a while after it has. */
  public boolean isRunning() {
    return (flags & RUNNING) != 0;
  }

  /** Whether it has a carrier: for a veth, both ends are up. */
  public boolean hasCarrier() {
    return (flags & LOWER_UP) != 0;
  }
}
