package io.weft.ipam;

import java.util.Comparator;

/**
 * Number of a proposal (ipam.md 4.3).
 *
 * @param round counts from 1; 0 means none. Never negative
 * @param proposer whose it is
 */
record ProposalId(long round, NodeId proposer) implements Comparable<ProposalId> {
  static final ProposalId NONE = new ProposalId(0, NodeId.NOBODY);

  private static final Comparator<ProposalId> ORDER =
      Comparator.comparingLong(ProposalId::round).thenComparing(ProposalId::proposer);

  boolean isValid() {
    return round > 0;
  }

  @Override
  public int compareTo(ProposalId other) {
    return ORDER.compare(this, other);
  }
}
