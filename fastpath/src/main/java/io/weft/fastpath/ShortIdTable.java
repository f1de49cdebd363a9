package io.weft.fastpath;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.SortedMap;

/** Names and short ids of all peers, for data lanes: immutable, lookups do not allocate. */
final class ShortIdTable {
  /** No peer, or no short id. */
  static final int NONE = -1;

  private final long[] nameOf = new long[FastdpProtocol.SHORT_IDS];
  private final long[] names;
  private final int[] shortIds;

  ShortIdTable(SortedMap<Integer, PeerName> peers) {
    names = peers.values().stream().mapToLong(PeerName::value).sorted().toArray();
    shortIds = new int[names.length];
    peers.forEach((shortId, peer) -> {
      nameOf[shortId] = peer.value();
      shortIds[Arrays.binarySearch(names, peer.value())] = shortId;
    });
  }

  /** Value of the name of the peer with a short id, 0 for none. */
  long name(int shortId) {
    return nameOf[shortId & (FastdpProtocol.SHORT_IDS - 1)];
  }

  /** The short id of the peer with a name, or {@link #NONE}. */
  int shortId(long name) {
    int index = Arrays.binarySearch(names, name);
    return index < 0 ? NONE : shortIds[index];
  }
}
