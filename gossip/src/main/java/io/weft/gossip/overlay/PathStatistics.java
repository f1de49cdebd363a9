package io.weft.gossip.overlay;

import io.weft.gossip.Timed;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was counted of one way to one neighbour since its connection began to use it.
 *
 * @param sentPackets as they appear on the wire
 * @param sentBytes of frames, without what the overlay puts around them
 * @param receivedPackets as {@code sentPackets}
 * @param receivedBytes as {@code sentBytes}
 * @param dropped to it or from it
 * @param reasons of what was dropped, with how much for each; empty where only the sum is known
 * @param lastHeartbeatNanos when a heartbeat arrived last, on the scale of the event time; {@link
 *     Timed#NEVER} for not yet
 * @param roundTripNanos from a packet to the answer that it has arrived, as last measured; {@link
 *     Timed#NEVER} when not known
 */
public record PathStatistics(
    long sentPackets,
    long sentBytes,
    long receivedPackets,
    long receivedBytes,
    long dropped,
    SortedMap<String, Long> reasons,
    long lastHeartbeatNanos,
    long roundTripNanos) {
  /** Takes a copy. */
  public PathStatistics {
    reasons = Collections.unmodifiableSortedMap(new TreeMap<>(reasons));
  }

  /** With the sum of what was dropped. */
  public static PathStatistics of(
      long sentPackets,
      long sentBytes,
      long receivedPackets,
      long receivedBytes,
      SortedMap<String, Long> reasons,
      long lastHeartbeatNanos,
      long roundTripNanos) {
    long dropped = reasons.values().stream().mapToLong(Long::longValue).sum();
    return new PathStatistics(
        sentPackets,
        sentBytes,
        receivedPackets,
        receivedBytes,
        dropped,
        reasons,
        lastHeartbeatNanos,
        roundTripNanos);
  }
}
