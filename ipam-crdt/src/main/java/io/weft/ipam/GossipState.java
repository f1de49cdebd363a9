package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What peers tell each other (ipam.md 3.2). Immutable.
 *
 * @param unixSeconds time of sending; nobody reads it
 * @param nicknames names that people gave to peers
 * @param paxos what is known of the agreement on the first ring; null from an observer
 * @param ring null when the sender has none
 */
record GossipState(
    long unixSeconds,
    Map<PeerName, String> nicknames,
    @Nullable Map<NodeId, NodeClaims> paxos,
    @Nullable Ring ring) {

  /** With the nicknames as a table, to which any map is made. */
  GossipState {
    nicknames = NicknameTable.of(nicknames);
    paxos = paxos == null ? null : Collections.unmodifiableMap(new TreeMap<>(paxos));
  }
}
