package io.weft.gossip.overlay;

import io.weft.gossip.PeerName;
import io.weft.gossip.wire.RemoteFeatures;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an overlay learns of a mesh connection (overlay.md A.4).
 *
 * @param localPeer our own name
 * @param remotePeer the neighbour's name
 * @param connectionUid the same unsigned 64 bits on both sides
 * @param sessionKey 32 bytes, or null when the data plane is not encrypted
 * @param outbound we dialled the TCP connection
 * @param local our end of the TCP connection
 * @param remote the neighbour's end of the TCP connection
 * @param features all the neighbour announced
 */
public record ForwarderParameters(
    PeerName localPeer,
    PeerName remotePeer,
    long connectionUid,
    byte @Nullable [] sessionKey,
    boolean outbound,
    InetSocketAddress local,
    InetSocketAddress remote,
    RemoteFeatures features) {}
