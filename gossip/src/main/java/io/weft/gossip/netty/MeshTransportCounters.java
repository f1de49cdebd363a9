package io.weft.gossip.netty;

import io.weft.gossip.wire.CloseCause;
import java.util.Map;

/**
 * A snapshot of what the TCP shell has counted since it was started.
 *
 * @param links connections that exist now, in any state
 * @param accepted connections accepted, also those refused afterwards
 * @param dialled connections attempted
 * @param dialFailures attempts that brought no TCP connection
 * @param handshakes handshakes completed
 * @param refused accepted connections closed before they could shake hands
 * @param handshakeFailures handshakes that failed, by cause
 * @param cutoffs connections ended because they cost too much
 * @param bytesIn bytes read from sockets
 * @param bytesOut bytes written to sockets
 */
public record MeshTransportCounters(
    int links,
    long accepted,
    long dialled,
    long dialFailures,
    long handshakes,
    Map<Refusal, Long> refused,
    Map<CloseCause, Long> handshakeFailures,
    Map<Cutoff, Long> cutoffs,
    long bytesIn,
    long bytesOut) {}
