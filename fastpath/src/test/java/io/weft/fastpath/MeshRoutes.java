package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.topology.RegistrationException;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.TopologyEvents;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Routes as the real topology computes them. */
final class MeshRoutes {
  private MeshRoutes() {}

  /** Of the first of some peers, each of which is connected to each. */
  static Routes full(PeerName... peers) {
    List<PeerName> names = List.of(peers);
    Topology here = topology(names, 0);
    try {
      // Twice: a record is taken only when the peers it lists are known.
      for (int round = 0; round < 2; round++) {
        for (int other = 1; other < names.size(); other++) {
          Topology there = topology(names, other);
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

  private static Topology topology(List<PeerName> names, int self) {
    Topology topology =
        new Topology(
            names.get(self), "n" + self, self + 1, new SplittableRandom(self), new NoEvents());
    for (int other = 0; other < names.size(); other++) {
      if (other != self) {
        connect(topology, names.get(other), other + 1);
      }
    }
    return topology;
  }

  private static void connect(Topology topology, PeerName remote, long uid) {
    RemoteFeatures features =
        new RemoteFeatures(remote, "n", uid, uid, null, false, "fastdp", Map.of());
    try {
      topology.register(features, true, "127.0.0.1:6783");
    } catch (RegistrationException e) {
      throw new AssertionError(e);
    }
    topology.addConnection(remote, "127.0.0.1:6783", true);
    topology.establishConnection(remote);
  }

  private static final class NoEvents implements TopologyEvents {
    @Override
    public void selfChanged() {}

    @Override
    public void shortIdsInvalidated() {}

    @Override
    public void shortIdReassigned() {}

    @Override
    public void foreignClaim() {}

    @Override
    public void peersDropped(int count) {}
  }
}
