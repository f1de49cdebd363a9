package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.topology.PeerVersion;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Records that one end has, on their way to be asked about or answered; the latest counts. */
final class VersionsData implements GossipData {
  private final Function<Collection<PeerVersion>, List<byte[]>> encoder;
  private final SortedMap<PeerName, PeerVersion> versions = new TreeMap<>();

  VersionsData(
      Function<Collection<PeerVersion>, List<byte[]>> encoder, Collection<PeerVersion> versions) {
    this.encoder = encoder;
    versions.forEach(version -> this.versions.put(version.name(), version));
  }

  @Override
  public List<byte[]> encode() {
    return encoder.apply(versions.values());
  }

  @Override
  public GossipData merge(GossipData later) {
    if (!(later instanceof VersionsData other)) {
      throw new IllegalArgumentException("not versions: " + later);
    }
    VersionsData both = new VersionsData(encoder, versions.values());
    both.versions.putAll(other.versions);
    return both;
  }
}
