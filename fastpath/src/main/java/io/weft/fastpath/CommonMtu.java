package io.weft.fastpath;

import io.weft.gossip.Timed;
import java.util.Collection;

/**
 * The MTU of the bridge that follows from those of the ways to all peers. It is raised at once and
 * lowered after a while, as a new peer's way is not known when the peer is. State of the conductor.
 */
final class CommonMtu {
  private final int baseMtu;
  private int present;
  private long lowerAtNanos = Timed.NEVER;

  CommonMtu(int baseMtu) {
    this.baseMtu = baseMtu;
    present = baseMtu;
  }

  /** What it is now, in bytes. */
  int present() {
    return present;
  }

  /** When {@link #update} is to be called again though nothing has changed. */
  long nextDeadlineNanos() {
    return lowerAtNanos;
  }

  /**
   * Takes what is known of the ways to all other peers.
   *
   * @param ways an MTU for each peer, the base for a peer that is not reached directly or cannot
   *     take more; without any peer nothing is known, and all stays as it is
   * @return whether it is another one now
   */
  boolean update(Collection<Integer> ways, long nowNanos) {
    if (ways.isEmpty()) {
      lowerAtNanos = Timed.NEVER;
      return false;
    }
    boolean equal = ways.stream().distinct().count() == 1;
    int wanted = equal ? Math.max(baseMtu, ways.iterator().next()) : baseMtu;
    if (wanted >= present) {
      lowerAtNanos = Timed.NEVER;
    } else if (lowerAtNanos == Timed.NEVER) {
      lowerAtNanos = nowNanos + FastdpProtocol.LOWER_AFTER_NANOS;
      return false;
    } else if (lowerAtNanos - nowNanos > 0) {
      return false;
    }
    boolean changed = wanted != present;
    present = wanted;
    lowerAtNanos = Timed.NEVER;
    return changed;
  }
}
