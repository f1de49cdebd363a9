package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.TopologyDelta;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

/** Names of peers on their way; what is known of them is looked up when it leaves (mesh.md 8.4). */
final class TopologyData implements GossipData {
  private final Topology topology;
  private final TopologyDelta delta;
  private final PackedNames names;

  TopologyData(Topology topology, TopologyDelta delta, Collection<PeerName> names) {
    this.topology = topology;
    this.delta = delta;
    this.names = PackedNames.of(names);
  }

  @Override
  public List<byte[]> encode() {
    return topology.encode(names);
  }

  @Override
  public Iterator<byte[]> payloads() {
    return topology.payloads(names);
  }

  /** For a neighbour that asks for what it lacks: just the versions. */
  SummaryData summary() {
    return new SummaryData(delta, names, false);
  }

  @Override
  public GossipData merge(GossipData later) {
    if (!(later instanceof TopologyData other)) {
      throw new IllegalArgumentException("not topology data: " + later);
    }
    PackedNames both = names.with(other.names);
    if (both.size() > Topology.MAX_PEERS) {
      both = both.only(name -> topology.peer(new PeerName(name)) != null);
    }
    return new TopologyData(topology, delta, both);
  }
}
