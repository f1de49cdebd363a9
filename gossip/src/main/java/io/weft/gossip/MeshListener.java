package io.weft.gossip;

import io.weft.gossip.topology.Routes;

/** What the mesh tells its router. Called on the conductor thread; must not block. */
public interface MeshListener {
  /**
   * New routes are in force (mesh.md 7.3). The snapshot may be handed to data-plane threads.
   *
   * @param routes immutable, replaces every earlier snapshot
   */
  void routesChanged(Routes routes);

  /** A peer that nobody reaches any more was removed; channels have been told already. */
  void peerGone(PeerName peer);

  /** Short ids changed hands: overlays must forget which peer each belongs to (mesh.md 6.4). */
  void shortIdsInvalidated();
}
