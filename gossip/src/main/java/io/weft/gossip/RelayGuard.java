package io.weft.gossip;

import io.weft.gossip.wire.MeshMessage;

/** Keeps from neighbours what would bring a Weave Net router down (mesh.md 5.7, 13 S6, S7). */
final class RelayGuard {
  private static final String ADDRESS_ALLOCATION = "IPallocation";
  private static final int HIGHEST_KIND = 2;

  private RelayGuard() {}

  /**
   * Whether a unicast must not be passed on. A unicast about the topology makes its receiver close
   * the connection to us; an allocation message without a kind crashes a Weave Net router, one of
   * unknown kind hangs its reader.
   */
  static boolean isDangerous(MeshMessage.GossipUnicast message) {
    byte[] payload = message.payload();
    return switch (message.channel()) {
      case TopologyUpkeep.CHANNEL -> true;
      case ADDRESS_ALLOCATION -> payload.length == 0 || (payload[0] & 0xff) > HIGHEST_KIND;
      default -> false;
    };
  }
}
