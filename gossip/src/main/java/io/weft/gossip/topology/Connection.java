package io.weft.gossip.topology;

import io.weft.gossip.PeerName;

/**
 * A connection as its owner announces it (mesh.md 6.1).
 *
 * @param remote the peer at the other end
 * @param remoteTcpAddress {@code IP:port} of the other end as the owner sees it; unchecked text
 * @param outbound the owner dialled
 * @param established an overlay works as the owner sees it
 */
public record Connection(
    PeerName remote, String remoteTcpAddress, boolean outbound, boolean established) {}
