package io.weft.router.trace;

import io.weft.gossip.PeerName;
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

  /** A hop at which a frame ends. */
  static Hop dropped(List<String> lines) {
    return new Hop(Verdict.DROPPED, null, null, lines);
  }
}
