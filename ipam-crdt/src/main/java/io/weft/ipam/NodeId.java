package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Comparator;

/**
 * A Paxos acceptor (ipam.md 4.3): a peer between two restarts.
 *
 * @param name the peer
 * @param uid unsigned 64-bit number of this run of it
 */
record NodeId(PeerName name, long uid) implements Comparable<NodeId> {
  static final NodeId NOBODY = new NodeId(PeerName.UNKNOWN, 0);

  private static final Comparator<NodeId> ORDER =
      Comparator.comparing(NodeId::name).thenComparing(NodeId::uid, Long::compareUnsigned);

  @Override
  public int compareTo(NodeId other) {
    return ORDER.compare(this, other);
  }
}
