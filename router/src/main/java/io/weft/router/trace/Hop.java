package io.weft.router.trace;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one router says of a frame that comes to it.
 *
 * @param verdict what becomes of the frame there
 * @param next the neighbour that gets it, null for none
 * @param last the peer that the frame is for, null when nobody knows
 * @param lines how it comes to that, for people
 */
public record Hop(
    Verdict verdict, @Nullable PeerName next, @Nullable PeerName last, List<String> lines) {
  /** What becomes of a frame. */
  public enum Verdict {
    /** It goes on to a neighbour. */
    FORWARDED,
    /** It goes to the container. */
    DELIVERED,
    /** It is copied to everybody, as nobody knows its destination. */
    FLOODED,
    /** It ends here. */
    DROPPED
  }

  /** Takes a copy. */
  public Hop {
    lines = List.copyOf(lines);
  }

  /**
   * The same with another verdict and further lines, which are not those that are cut off where
   * there are more than a message holds.
   */
  public Hop decided(Verdict other, @Nullable PeerName to, List<String> further) {
    int room = Math.max(0, TraceMessage.MAX_LINES - further.size());
    List<String> all = new ArrayList<>(lines.subList(0, Math.min(lines.size(), room)));
    all.addAll(further);
    return new Hop(other, to, last, all);
  }

  /** A hop at which a frame ends. */
  static Hop dropped(List<String> lines) {
    return new Hop(Verdict.DROPPED, null, null, lines);
  }
}
