package io.weft.gossip.netty;

import io.weft.gossip.wire.MeshConnectionParameters;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What the TCP shell of the mesh needs to know.
 *
 * @param host address to listen on and to dial from, or null for any, IPv4 and IPv6
 * @param port TCP port to listen on, 0 for any free one
 * @param connection what each connection needs
 * @param limits what strangers may ask for
 */
public record MeshTransportParameters(
    @Nullable InetAddress host,
    int port,
    MeshConnectionParameters connection,
    AcceptLimits limits) {}
