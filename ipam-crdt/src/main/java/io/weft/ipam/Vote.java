package io.weft.ipam;

import io.weft.gossip.PeerName;

/**
 * What this peer has said about who takes over a vanished peer's space. Survives a restart: who
 * forgot it could help a second one to a majority.
 *
 * @param promised no ballot below this one gets our vote any more
 * @param accepted the ballot that has our vote; not valid for none
 * @param taker for whom that vote is
 * @param epoch of the victim's entries when this was said; {@link #UNKNOWN_EPOCH} when it was not
 *     stored
 */
record Vote(Ballot promised, Ballot accepted, PeerName taker, long epoch) {
  /** Equal to no epoch. */
  static final long UNKNOWN_EPOCH = -1;

  static final Vote NONE = new Vote(Ballot.NONE, Ballot.NONE, PeerName.UNKNOWN, UNKNOWN_EPOCH);

  Vote withPromise(Ballot ballot, long newEpoch) {
    return new Vote(ballot, accepted, taker, newEpoch);
  }
}
