package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.TopologyDelta;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Names of peers on their way to a neighbour that asks for what it lacks, or all there are. Each
 * belongs to one connection, so that it takes over what follows itself.
 */
final class SummaryData implements GossipData {
  private final TopologyDelta delta;
  private final SortedSet<PeerName> names;
  private boolean complete;

  SummaryData(TopologyDelta delta, Collection<PeerName> names, boolean complete) {
    this.delta = delta;
    this.names = new TreeSet<>(names);
    this.complete = complete;
  }

  @Override
  public List<byte[]> encode() {
    return List.of(complete ? delta.completeSummary() : delta.summary(names));
  }

  @Override
  public GossipData merge(GossipData later) {
    if (!(later instanceof SummaryData other)) {
      throw new IllegalArgumentException("not a summary: " + later);
    }
    names.addAll(other.names);
    // Names of peers that are gone by now may have gathered: as long as that, all are no longer.
    complete |= other.complete || names.size() > Topology.MAX_PEERS;
    if (complete) {
      names.clear();
    }
    return this;
  }
}
