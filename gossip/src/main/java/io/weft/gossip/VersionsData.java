package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.PeerVersion;
import io.weft.gossip.topology.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Records that one end has, on their way to be asked about or answered; the latest counts. Each
 * belongs to one connection, so that it takes over what follows itself.
 */
final class VersionsData implements GossipData {
  private final Function<Collection<PeerVersion>, Iterator<byte[]>> encoder;
  private final Counters counters;
  private final SortedMap<PeerName, PeerVersion> versions = new TreeMap<>();

  VersionsData(
      Function<Collection<PeerVersion>, Iterator<byte[]>> encoder,
      Counters counters,
      Collection<PeerVersion> versions) {
    this.encoder = encoder;
    this.counters = counters;
    add(versions);
  }

  private void add(Collection<PeerVersion> more) {
    for (PeerVersion version : more) {
      if (versions.size() < Topology.MAX_PEERS || versions.containsKey(version.name())) {
        versions.put(version.name(), version);
      } else {
        counters.increment(MeshMetric.EXCHANGES_SKIPPED);
      }
    }
  }

  @Override
  public List<byte[]> encode() {
    List<byte[]> all = new ArrayList<>();
    payloads().forEachRemaining(all::add);
    return all;
  }

  @Override
  public Iterator<byte[]> payloads() {
    return encoder.apply(versions.values());
  }

  @Override
  public GossipData merge(GossipData later) {
    if (!(later instanceof VersionsData other)) {
      throw new IllegalArgumentException("not versions: " + later);
    }
    add(other.versions.values());
    return this;
  }
}
