package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;

/**
 * Something in a received ring that cannot come of every peer writing only its own entries (ipam.md
 * 2.5, 10). Weave Net closes the connection over most of them; here the merge settles who owns what
 * and reports it.
 *
 * @param kind what is wrong
 * @param token where
 * @param ranges the addresses concerned, as the merged ring bounds them
 * @param other who else claims to be the owner, or whose entry it is
 * @param isLost whether the merge has taken the range from us
 * @param text for operators, in the words of 2.5 where it has any
 */
public record Contradiction(
    Kind kind, long token, List<AddressRange> ranges, PeerName other, boolean isLost, String text) {
  /** What is wrong. */
  public enum Kind {
    /** A token of another peer inside a range of ours, which we did not grant. */
    SPLIT,
    /** One version of a token with two owners, of which we are one. */
    TIE,
    /** A later version of an entry of ours that names another owner. */
    TAKEN,
    /** A later version of an entry of ours that we did not write. */
    UNWRITTEN,
    /** A peer that still owns, in its own ring, what we own at a later version. */
    OUTDATED,
    /** An entry that reports more free addresses than it has; only a hint, so nothing is lost. */
    EXCESS
  }

  /** Takes a copy of the list. */
  public Contradiction {
    ranges = List.copyOf(ranges);
  }

  /** Whether it concerns who owns the range, and not just a free count. */
  boolean isAboutOwnership() {
    return kind != Kind.EXCESS;
  }
}
