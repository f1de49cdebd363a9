package io.weft.gossip.topology;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Looks for peers that nobody reaches from here, by everybody's own claims (mesh.md 6.5).
 *
 * <p>Ends as soon as all that could be missing are found. Where nearly all are our neighbours, as
 * in a full mesh, that takes a look at a few lists and not at N times N connections.
 */
final class Reachability {
  private Reachability() {}

  /** Peers in order of name that are not reached from {@code start} and not referred to. */
  static List<Peer> garbage(PeerTable peers, Peer start) {
    BitSet missing = new BitSet(peers.size());
    for (int i = 0; i < peers.size(); i++) {
      missing.set(i, peers.at(i) != start && !peers.at(i).isReferenced());
    }
    search(peers, peers.find(start.name().value()), missing);
    List<Peer> garbage = new ArrayList<>();
    missing.stream().forEach(i -> garbage.add(peers.at(i)));
    return garbage;
  }

  /** Takes out of {@code missing} who is found, until nobody is missing. */
  static void search(PeerTable peers, int start, BitSet missing) {
    int left = missing.cardinality();
    BitSet seen = new BitSet(peers.size());
    seen.set(start);
    int[] queue = new int[peers.size()];
    queue[0] = start;
    int queued = 1;
    for (int done = 0; done < queued && left > 0; done++) {
      ConnectionList list = peers.at(queue[done]).connections();
      int from = 0;
      for (int i = 0; i < list.size(); i++) {
        int index = peers.find(from, list.remoteValue(i));
        from = index < 0 ? -index - 1 : index + 1;
        if (index < 0 || seen.get(index)) {
          continue;
        }
        seen.set(index);
        queue[queued++] = index;
        if (missing.get(index)) {
          missing.clear(index);
          left--;
        }
      }
    }
  }
}
