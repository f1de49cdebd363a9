package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.stream.LongStream;

/** Routes of small meshes, as the real topology computes them. */
public final class TestRoutes {
  private TestRoutes() {}

  /** Of the first of some peers, each of which is connected to each. */
  public static Routes full(PeerName... peers) {
    return routes(List.of(peers), 0, (one, other) -> true);
  }

  /** Of one of some peers in a row, each of which is connected to the next. */
  public static Routes chain(long self, long... row) {
    List<PeerName> peers = LongStream.of(row).mapToObj(PeerName::new).toList();
    int index = peers.indexOf(new PeerName(self));
    return routes(peers, index, (one, other) -> Math.abs(one - other) == 1);
  }

  private static Routes routes(
      List<PeerName> peers, int self, BiPredicate<Integer, Integer> connected) {
    List<Topology> topologies = new ArrayList<>();
    for (int one = 0; one < peers.size(); one++) {
      Topology topology =
          new Topology(
              peers.get(one), "n" + one, one + 1, new SplittableRandom(one), new Unheard());
      for (int other = 0; other < peers.size(); other++) {
        if (other != one && connected.test(one, other)) {
          connect(topology, peers.get(other), other + 1);
        }
      }
      topologies.add(topology);
    }
    Topology here = topologies.get(self);
    try {
      // Twice: a record is taken only when the peers it lists are known.
      for (int round = 0; round < 2; round++) {
        for (Topology there : topologies) {
          for (byte[] payload : there.encode(there.names())) {
            here.merge(payload);
          }
        }
      }
    } catch (GossipException e) {
      throw new AssertionError(e);
    }
    return here.routes();
  }

  private static void connect(Topology topology, PeerName remote, long uid) {
    RemoteFeatures features =
        new RemoteFeatures(remote, "n", uid, uid, null, false, "sleeve", Map.of());
    try {
      topology.register(features, true, "127.0.0.1:6783");
    } catch (RegistrationException e) {
      throw new AssertionError(e);
    }
    topology.addConnection(remote, "127.0.0.1:6783", true);
    topology.establishConnection(remote);
  }
}
