package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import java.util.List;
import java.util.function.Supplier;

/** A message that is made when it leaves and of which one is enough. */
record LatestData(Supplier<List<byte[]>> message) implements GossipData {
  @Override
  public List<byte[]> encode() {
    return message.get();
  }

  @Override
  public GossipData merge(GossipData later) {
    return later;
  }
}
