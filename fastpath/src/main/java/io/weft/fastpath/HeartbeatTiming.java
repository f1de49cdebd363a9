package io.weft.fastpath;

import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How often heartbeats are sent and how long their absence is borne.
 *
 * @param intervalNanos between heartbeats once one is acknowledged
 * @param timeoutNanos silence after which the overlay is put on hold
 * @param isNegotiated the neighbour is a Weft router
 */
record HeartbeatTiming(long intervalNanos, long timeoutNanos, boolean isNegotiated) {
  /** What Weave Net does (overlay.md C.4). */
  static final HeartbeatTiming PLAIN =
      new HeartbeatTiming(
          FastdpProtocol.SLOW_HEARTBEAT_NANOS, FastdpProtocol.HEARTBEAT_TIMEOUT_NANOS, false);

  private static final Pattern OFFER = Pattern.compile("v=1;heartbeat=([0-9]{3,5})(;.*)?");
  private static final int LEAST_MILLIS = 100;
  private static final int MOST_MILLIS = 10_000;

  /** What begins the value of {@link FastdpFeature}. */
  static String offer() {
    return "v=1;heartbeat=" + FastdpProtocol.OFFERED_INTERVAL_MILLIS;
  }

  /**
   * What two ends agree on: the longer of their intervals.
   *
   * @param announced what the neighbour announced, null or unreadable for a neighbour that does as
   *     Weave Net
   */
  static HeartbeatTiming of(@Nullable String announced) {
    Matcher offer = OFFER.matcher(announced == null ? "" : announced);
    if (!offer.matches()) {
      return PLAIN;
    }
    int theirs = Math.clamp(Integer.parseInt(offer.group(1)), LEAST_MILLIS, MOST_MILLIS);
    int millis = Math.max(theirs, FastdpProtocol.OFFERED_INTERVAL_MILLIS);
    long interval = TimeUnit.MILLISECONDS.toNanos(millis);
    return new HeartbeatTiming(interval, interval * FastdpProtocol.TIMEOUT_TENTHS / 10, true);
  }
}
