package io.weft.ipam;

/**
 * What an acceptor has said (ipam.md 4.3).
 *
 * @param promise the highest proposal it has promised to follow
 * @param accepted the highest proposal it has accepted
 * @param acceptedValue the value of that one
 */
record NodeClaims(ProposalId promise, ProposalId accepted, AcceptedValue acceptedValue) {
  static final NodeClaims NONE =
      new NodeClaims(ProposalId.NONE, ProposalId.NONE, AcceptedValue.NONE);

  NodeClaims withPromise(ProposalId higher) {
    return new NodeClaims(higher, accepted, acceptedValue);
  }

  NodeClaims withAccepted(ProposalId higher, AcceptedValue value) {
    return new NodeClaims(promise, higher, value);
  }

  /** Whether the two differ in what matters; a value is known by its origin. */
  boolean differsFrom(NodeClaims other) {
    return !promise.equals(other.promise)
        || !accepted.equals(other.accepted)
        || !acceptedValue.origin().equals(other.acceptedValue.origin());
  }
}
