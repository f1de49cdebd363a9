package io.weft.ipam;

import io.weft.gossip.PeerName;

/** A mesh without anybody. */
record Nowhere() implements MeshView {
  @Override
  public boolean isKnown(PeerName peer) {
    return false;
  }

  @Override
  public int activeTargets() {
    return 0;
  }
}
