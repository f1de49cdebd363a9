package io.weft.gossip;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Our connections: at most one to each peer (mesh.md 6.7). */
final class LinkTable {
  private final SortedMap<PeerName, MeshLink> byPeer = new TreeMap<>();
  private final Map<Long, MeshLink> byNumber = new HashMap<>();

  void add(MeshLink link) {
    byPeer.put(link.peer(), link);
    byNumber.put(link.number(), link);
  }

  void remove(MeshLink link) {
    byPeer.remove(link.peer(), link);
    byNumber.remove(link.number());
  }

  @Nullable MeshLink toPeer(PeerName peer) {
    return byPeer.get(peer);
  }

  @Nullable MeshLink numbered(long number) {
    return byNumber.get(number);
  }

  int size() {
    return byPeer.size();
  }

  /** In order of the peer's name; a live view. */
  Collection<MeshLink> all() {
    return Collections.unmodifiableCollection(byPeer.values());
  }
}
