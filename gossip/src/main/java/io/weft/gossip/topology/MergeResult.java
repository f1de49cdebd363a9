package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.SortedSet;

/**
 * What a topology payload has brought.
 *
 * @param received every peer it describes
 * @param improved those of which we learnt something new; never ourselves
 */
public record MergeResult(SortedSet<PeerName> received, SortedSet<PeerName> improved) {}
