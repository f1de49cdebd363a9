package io.weft.gossip;

import io.weft.gossip.topology.ConnectionList;
import java.util.AbstractList;
import java.util.Map;
import java.util.RandomAccess;

/**
 * The connections of a peer for status, made one by one when they are looked at: all of them at
 * once would cost many times what the topology does. Immutable.
 */
final class LinkViews extends AbstractList<PeerStatus.Link> implements RandomAccess {
  private final ConnectionList connections;
  private final Map<PeerName, String> nickNames;

  /**
   * Prepares a view.
   *
   * @param nickNames of every peer; must not change any more
   */
  LinkViews(ConnectionList connections, Map<PeerName, String> nickNames) {
    this.connections = connections;
    this.nickNames = nickNames;
  }

  @Override
  public PeerStatus.Link get(int index) {
    PeerName remote = connections.remote(index);
    return new PeerStatus.Link(
        remote,
        nickNames.getOrDefault(remote, ""),
        Printable.text(connections.address(index)),
        connections.outbound(index),
        connections.established(index));
  }

  @Override
  public int size() {
    return connections.size();
  }
}
