package io.weft.gossip.wire;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose handshake is complete (mesh.md 1.2, before REGISTER).
 *
 * @param protocolVersion 1 or 2
 * @param outbound we dialled
 * @param connectionUid both connection ids combined by exclusive or, unsigned 64 bits
 * @param sessionKey 32 bytes, or null without a password
 */
public record Handshaken(
    int protocolVersion,
    boolean outbound,
    InetSocketAddress local,
    InetSocketAddress remote,
    RemoteFeatures features,
    long connectionUid,
    byte @Nullable [] sessionKey) {}
