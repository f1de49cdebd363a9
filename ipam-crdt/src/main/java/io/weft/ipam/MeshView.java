package io.weft.ipam;

import io.weft.gossip.PeerName;

/** What the allocator asks about the mesh. Called on the conductor thread; answers at once. */
public interface MeshView {
  /** Whether the peer is in the local topology database, ourselves included. */
  boolean isKnown(PeerName peer);

  /** Configured targets that are still being tried, without those marked "never retry". */
  int activeTargets();
}
