package io.weft.fastpath;

import io.weft.gossip.Timed;

/**
 * How wide the packets of containers may be on the way to one neighbour: what both ends have for
 * certain, or what the network between them carries as long as heartbeats of that size are
 * answered. State of the conductor; does no I/O.
 */
final class PathWidth {
  private final int baseMtu;
  private final int overheadBytes;
  private final int alignment;
  private int candidate;
  private int verified;
  private long verifiedAtNanos = Timed.NEVER;
  private long heartbeats;

  /**
   * A way on which nothing is known yet.
   *
   * @param baseMtu bytes that pass for certain
   * @param overheadBytes that the network's packets have more than the containers'
   * @param alignment of which widths are multiples
   */
  PathWidth(int baseMtu, int overheadBytes, int alignment) {
    this.baseMtu = baseMtu;
    this.overheadBytes = overheadBytes;
    this.alignment = alignment;
  }

  /**
   * A heartbeat is sent.
   *
   * @param networkMtu what the kernel says of the way now, in bytes with the IP header; 0 for
   *     unknown
   * @return the MTU to try out by another heartbeat, 0 for none
   */
  int tryOut(int networkMtu) {
    int wide = Math.min(networkMtu - overheadBytes, FastdpProtocol.WIDEST_MTU);
    wide -= Math.floorMod(wide, alignment);
    if (wide != candidate) {
      candidate = wide;
      heartbeats = 0;
    }
    long number = heartbeats++;
    boolean due = number < FastdpProtocol.FIRST_PROBES || number % FastdpProtocol.PROBE_EVERY == 0;
    return due && wide > baseMtu ? wide : 0;
  }

  /** A heartbeat of ours has arrived with so many bytes. */
  void heard(int frameBytes, long nowNanos) {
    int mtu = frameBytes - FastdpProtocol.ETHERNET_BYTES;
    if (mtu == candidate && mtu > baseMtu) {
      verified = mtu;
      verifiedAtNanos = nowNanos;
    }
  }

  /** Whether nothing has been found out so far though the network may carry more than the base. */
  boolean isOpen() {
    return verifiedAtNanos == Timed.NEVER && (heartbeats == 0 || candidate > baseMtu);
  }

  /** The MTU in bytes. */
  int mtu(long nowNanos) {
    boolean wide =
        verifiedAtNanos != Timed.NEVER
            && verified == candidate
            && nowNanos - verifiedAtNanos <= FastdpProtocol.WIDE_TRUST_NANOS;
    return wide ? verified : baseMtu;
  }
}
