package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.gossip.topology.Routes;
import java.util.Map;
import java.util.SortedMap;

/**
 * What the kernel's tables follow from.
 *
 * @param peers the peer that has each short id, ourselves included
 * @param routes of this router
 * @param neighbours how each neighbour with a confirmed connection is reached
 */
record ForwardingInput(
    SortedMap<Integer, PeerName> peers, Routes routes, Map<PeerName, Neighbour> neighbours) {
  /**
   * A neighbour.
   *
   * @param best how frames are to go
   * @param address outer address that its frames come from, 0 for none
   * @param undecided whether the kernel's way, {@code address}, is still being tried for the first
   *     time
   * @param mayBeWider whether it has still to be seen what the kernel's way carries beyond the MTU
   *     of {@code best}
   */
  record Neighbour(Hop best, int address, boolean undecided, boolean mayBeWider) {}
}
