package io.weft.gossip;

import io.weft.gossip.wire.MeshMessage;

/** Keeps from neighbours what would bring a Weave Net router down (mesh.md 5.7, 13 S6). */
final class RelayGuard {
  private static final String ADDRESS_ALLOCATION = "IPallocation";
  private static final int HIGHEST_KIND = 2;

  private RelayGuard() {}

  /** Whether a unicast must not be passed on: Weave Net fails on no kind and hangs on others. */
  static boolean isDangerous(MeshMessage.GossipUnicast message) {
    byte[] payload = message.payload();
    return message.channel().equals(ADDRESS_ALLOCATION)
        && (payload.length == 0 || (payload[0] & 0xff) > HIGHEST_KIND);
  }
}
