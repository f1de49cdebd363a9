package io.weft.gossip.topology;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Payloads about many peers (mesh.md 5.6), each made when it is asked for: a neighbour that reads
 * slowly then costs one payload, not the whole topology.
 */
final class PayloadSequence implements Iterator<byte[]> {
  private final Iterator<Peer> peers;
  private @Nullable Peer next;

  PayloadSequence(Iterator<Peer> peers) {
    this.peers = peers;
    next = peers.hasNext() ? peers.next() : null;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public byte[] next() {
    List<Peer> group = new ArrayList<>();
    int used = 0;
    for (Peer peer = next; peer != null; peer = next) {
      int size = TopologyPayload.sizeEstimate(peer);
      if (used > 0 && used + size > TopologyPayload.CHUNK_BYTES) {
        break;
      }
      group.add(peer);
      used += size;
      next = peers.hasNext() ? peers.next() : null;
    }
    if (group.isEmpty()) {
      throw new NoSuchElementException("every peer has been encoded");
    }
    return TopologyPayload.encodeAll(group);
  }
}
