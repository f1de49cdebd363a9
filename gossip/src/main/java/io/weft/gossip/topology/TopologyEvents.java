package io.weft.gossip.topology;

/** What the topology reports while it changes. Called on the conductor thread. */
public interface TopologyEvents {
  /** Our own record has changed: an update is due (mesh.md 8.5). */
  void selfChanged();

  /** Short ids changed hands: overlays must forget what they noted (mesh.md 6.4). */
  void shortIdsInvalidated();

  /** A peer with a lower name took our short id and we moved to another. */
  void shortIdReassigned();

  /** Others announce a newer version of us than we do (mesh.md 6.3); normal after a restart. */
  void foreignClaim();

  /** A payload names more peers than the topology takes; this many were left out. */
  void peersDropped(int count);
}
