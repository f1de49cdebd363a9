package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import org.jspecify.annotations.Nullable;

/** A peer as a topology payload describes it (mesh.md 5.6); checked, not yet believed. */
record PeerRecord(
    PeerName name,
    String nickName,
    long uid,
    long version,
    @Nullable Integer shortId,
    ConnectionList connections) {
  /** The same with other connections. */
  PeerRecord with(ConnectionList others) {
    return new PeerRecord(name, nickName, uid, version, shortId, others);
  }
}
