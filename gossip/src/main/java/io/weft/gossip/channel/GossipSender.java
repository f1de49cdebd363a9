package io.weft.gossip.channel;

import io.weft.gossip.PeerName;

/** What the mesh offers a channel. Conductor thread only; never blocks. */
public interface GossipSender {
  /**
   * Sends a payload to one peer, hop by hop, best effort.
   *
   * @throws UnreachablePeerException when no route or no connection to the next hop exists
   */
  void unicast(PeerName destination, byte[] payload) throws UnreachablePeerException;

  /** Sends data to every peer along our broadcast tree, best effort. */
  void broadcast(GossipData data);

  /** Sends data to our neighbours chosen at random by weight (mesh.md 8.3). */
  void gossip(GossipData data);
}
