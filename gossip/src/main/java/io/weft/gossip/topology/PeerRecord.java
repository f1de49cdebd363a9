package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import org.jspecify.annotations.Nullable;

/**
 * A peer as others describe it (mesh.md 5.6); checked, not yet believed.
 *
 * @param uid unsigned 64 bits
 * @param version unsigned 64 bits
 * @param shortId 0 to 4095, or null when it has none
 */
public record PeerRecord(
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
