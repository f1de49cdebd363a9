package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

/** Names of peers on their way; what is known of them is looked up when it leaves (mesh.md 8.4). */
final class TopologyData implements GossipData {
  private final TopologyUpkeep upkeep;
  private final PackedNames names;

  TopologyData(TopologyUpkeep upkeep, Collection<PeerName> names) {
    this.upkeep = upkeep;
    this.names = PackedNames.of(names);
  }

  @Override
  public List<byte[]> encode() {
    List<byte[]> all = new ArrayList<>();
    payloads().forEachRemaining(all::add);
    return all;
  }

  @Override
  public Iterator<byte[]> payloads() {
    return upkeep.payloads(names);
  }

  /** For a neighbour that asks for what it lacks: just the versions. */
  SummaryData summary() {
    return new SummaryData(upkeep.delta(), names, false);
  }

  @Override
  public GossipData merge(GossipData later) {
    if (!(later instanceof TopologyData other)) {
      throw new IllegalArgumentException("not topology data: " + later);
    }
    PackedNames both = names.with(other.names);
    if (both.size() > Topology.MAX_PEERS) {
      both = both.only(name -> upkeep.topology().peer(new PeerName(name)) != null);
    }
    return new TopologyData(upkeep, both);
  }
}
