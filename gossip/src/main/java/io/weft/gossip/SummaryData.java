package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.TopologyDelta;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Names of peers on their way to a neighbour that asks for what it lacks, or all there are. */
final class SummaryData implements GossipData {
  private final TopologyDelta delta;
  private final SortedSet<PeerName> names;
  private final boolean complete;

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
    SummaryData both = new SummaryData(delta, names, complete || other.complete);
    both.names.addAll(other.names);
    return both;
  }
}
