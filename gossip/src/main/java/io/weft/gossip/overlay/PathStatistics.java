package io.weft.gossip.overlay;

/**
 * What was counted of one way to one neighbour since its connection began to use it.
 *
 * @param sentPackets as they appear on the wire
 * @param sentBytes of frames, without what the overlay puts around them
 * @param receivedPackets as {@code sentPackets}
 * @param receivedBytes as {@code sentBytes}
 * @param dropped frames to it or from it
 * @param lastHeartbeatNanos when a heartbeat arrived last, on the scale of the event time; {@link
 *     io.weft.gossip.Timed#NEVER} for not yet
 * @param roundTripNanos of a heartbeat and its answer; {@link io.weft.gossip.Timed#NEVER} when not
 *     known
 */
public record PathStatistics(
    long sentPackets,
    long sentBytes,
    long receivedPackets,
    long receivedBytes,
    long dropped,
    long lastHeartbeatNanos,
    long roundTripNanos) {}
