package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;

/**
 * Looks for peers that nobody reaches from here, by everybody's own claims (mesh.md 6.5).
 *
 * <p>Ends as soon as all that could be missing are found. Where nearly all are our neighbours, as
 * in a full mesh, that takes a look at a few lists and not at N times N connections; and it is done
 * at every handshake.
 */
final class Reachability {
  private Reachability() {}

  /** Peers in order of name that are not reached from {@code start} and not referred to. */
  static List<Peer> garbage(SortedMap<PeerName, Peer> peers, Peer start) {
    Peer[] all = peers.values().toArray(Peer[]::new);
    long[] names = new long[all.length];
    BitSet missing = new BitSet(all.length);
    for (int i = 0; i < all.length; i++) {
      names[i] = all[i].name().value();
      missing.set(i, all[i] != start && !all[i].isReferenced());
    }
    search(all, names, Arrays.binarySearch(names, start.name().value()), missing);
    List<Peer> garbage = new ArrayList<>();
    missing.stream().forEach(i -> garbage.add(all[i]));
    return garbage;
  }

  /** Takes out of {@code missing} who is found, until nobody is missing. */
  private static void search(Peer[] all, long[] names, int start, BitSet missing) {
    int left = missing.cardinality();
    BitSet seen = new BitSet(all.length);
    seen.set(start);
    int[] queue = new int[all.length];
    queue[0] = start;
    int queued = 1;
    for (int done = 0; done < queued && left > 0; done++) {
      ConnectionList list = all[queue[done]].connections();
      int from = 0;
      for (int i = 0; i < list.size(); i++) {
        int index = Arrays.binarySearch(names, from, names.length, list.remoteValue(i));
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
