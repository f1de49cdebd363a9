package io.weft.gossip;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When whole states last went down a connection in answer to something small, so that a neighbour
 * cannot call for them all the time. Each channel has a time of its own. Names of channels that we
 * only relay are the neighbour's choice, so that there are few of those.
 */
final class Exchanges {
  private final boolean outbound;
  private final Map<String, Long> answeredAtNanos = new HashMap<>();
  private final Map<String, Long> relayedAtNanos = new HashMap<>();
  private final Map<String, Long> pulledAtNanos = new HashMap<>();
  private @Nullable Long comparedAtNanos;
  private boolean greeted;
  private long greetedAtNanos;
  private @Nullable Long progressAtNanos;

  Exchanges(boolean outbound) {
    this.outbound = outbound;
  }

  /** We began the connection with a digest of the topology. */
  void greet(long nowNanos) {
    greeted = true;
    greetedAtNanos = nowNanos;
  }

  /**
   * Whether the other end is to answer a digest and not we: when both have just begun with one, the
   * end that accepted the connection does.
   */
  boolean leavesAnswer(long nowNanos) {
    return outbound && greeted && nowNanos - greetedAtNanos < MeshConstants.DELTA_ANSWER_NANOS;
  }

  /** Whether a digest of a channel that we own may be answered now; if so it is noted. */
  boolean mayAnswer(String channel, long nowNanos) {
    return isDue(answeredAtNanos, channel, nowNanos);
  }

  /** Whether a channel that we only relay may be pulled from here now; if so it is noted. */
  boolean mayPullToRelay(String channel, long nowNanos) {
    relayedAtNanos
        .values()
        .removeIf(atNanos -> nowNanos - atNanos >= MeshConstants.MIN_EXCHANGE_NANOS);
    return relayedAtNanos.size() < MeshConstants.MAX_RELAYED_PULLS
        && relayedAtNanos.putIfAbsent(channel, nowNanos) == null;
  }

  /** Whether a whole state may be pulled now; if so it is noted. */
  boolean mayBePulled(String channel, long nowNanos) {
    return isDue(pulledAtNanos, channel, nowNanos);
  }

  /** Whether a complete summary may be answered with all that it lacks; if so it is noted. */
  boolean mayCompare(long nowNanos) {
    Long last = comparedAtNanos;
    if (last != null && nowNanos - last < MeshConstants.MIN_EXCHANGE_NANOS) {
      return false;
    }
    comparedAtNanos = nowNanos;
    return true;
  }

  /** A neighbour has sent some of what it was asked for. */
  void progress(long nowNanos) {
    progressAtNanos = nowNanos;
  }

  /** Whether a neighbour has sent something just now of what it was asked for. */
  boolean isProgressing(long nowNanos) {
    Long last = progressAtNanos;
    return last != null && nowNanos - last < MeshConstants.DELTA_ANSWER_NANOS;
  }

  private static boolean isDue(Map<String, Long> last, String channel, long nowNanos) {
    Long atNanos = last.get(channel);
    if (atNanos != null && nowNanos - atNanos < MeshConstants.MIN_EXCHANGE_NANOS) {
      return false;
    }
    last.put(channel, nowNanos);
    return true;
  }
}
