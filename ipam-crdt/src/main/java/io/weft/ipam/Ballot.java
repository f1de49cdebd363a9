package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Comparator;

/**
 * One attempt to agree on a takeover; a higher one overrules it.
 *
 * @param round unsigned 32 bits; 0 for none
 * @param proposer who makes it
 */
record Ballot(long round, PeerName proposer) implements Comparable<Ballot> {
  static final Ballot NONE = new Ballot(0, PeerName.UNKNOWN);

  /** An honest proposer goes up by one; a leap to the end would leave nobody a higher round. */
  static final long MAX_LEAP = 1 << 16;

  private static final Comparator<Ballot> ORDER =
      Comparator.comparingLong(Ballot::round).thenComparing(Ballot::proposer);

  Ballot {
    if (round < 0 || round > IpamProtocol.MAX_VERSION) {
      throw new IllegalArgumentException("round out of range: " + round);
    }
  }

  @Override
  public int compareTo(Ballot other) {
    return ORDER.compare(this, other);
  }

  /** Whether this one is too far above another to be an honest one. */
  boolean leapsAbove(Ballot other) {
    return round - other.round > MAX_LEAP;
  }

  boolean isValid() {
    return round > 0;
  }

  /** The next higher one of a proposer. */
  Ballot next(PeerName by) {
    return new Ballot(Math.min(round + 1, IpamProtocol.MAX_VERSION), by);
  }
}
