package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;

/** What the allocator asks about the mesh. Called on the conductor thread; answers at once. */
public interface MeshView {
  /** Whether the peer is in the local topology database, ourselves included. */
  boolean isKnown(PeerName peer);

  /**
   * Configured targets that are still being tried: other peers than ourselves, without those marked
   * "never retry".
   */
  int activeTargets();

  /** Configured targets without a connection, for people to read. */
  default List<String> unconnectedTargets() {
    return List.of();
  }
}
