package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A peer as a topology payload describes it (mesh.md 5.6); checked, not yet believed. */
record PeerRecord(
    PeerName name,
    String nickName,
    long uid,
    long version,
    @Nullable Integer shortId,
    List<Connection> connections) {}
