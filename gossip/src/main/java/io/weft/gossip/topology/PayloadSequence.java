package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Payloads about many peers (mesh.md 5.6), each made when it is asked for: a neighbour that reads
 * slowly then costs one payload, not the whole topology.
 */
final class PayloadSequence implements Iterator<byte[]> {
  private final Iterator<Peer> peers;
  private final EncodedRecords encoded;
  private @Nullable Peer next;

  PayloadSequence(Iterator<Peer> peers, EncodedRecords encoded) {
    this.peers = peers;
    this.encoded = encoded;
    next = peers.hasNext() ? peers.next() : null;
  }

  /**
   * Payloads in the order in which a search from {@code self} meets the peers. A reader that
   * collects its garbage after each payload, as a Weave Net router does (mesh.md 6.5), then never
   * takes a peer for unreachable because the way there has not arrived yet.
   */
  static PayloadSequence outwards(
      PeerGraph graph,
      PeerName self,
      Collection<PeerName> names,
      Function<PeerName, @Nullable Peer> table,
      EncodedRecords encoded) {
    Set<PeerName> wanted = new HashSet<>(names);
    // Numbers, and not the graph: a slow reader must not keep one that is out of date.
    long[] order =
        Arrays.stream(graph.outwards(graph.indexOf(self.value())))
            .mapToObj(graph::name)
            .filter(wanted::contains)
            .mapToLong(PeerName::value)
            .toArray();
    return new PayloadSequence(
        Arrays.stream(order)
            .mapToObj(PeerName::new)
            .map(table)
            .filter(peer -> peer != null && peer.isComplete())
            .iterator(),
        encoded);
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public byte[] next() {
    List<EncodedRecord> group = new ArrayList<>();
    int used = 0;
    for (Peer peer = next; peer != null; peer = next) {
      int size = TopologyPayload.sizeEstimate(peer);
      if (used > 0 && used + size > TopologyPayload.CHUNK_BYTES) {
        break;
      }
      group.add(encoded.of(peer));
      used += size;
      next = peers.hasNext() ? peers.next() : null;
    }
    if (group.isEmpty()) {
      throw new NoSuchElementException("every peer has been encoded");
    }
    return EncodedRecord.payload(group);
  }
}
