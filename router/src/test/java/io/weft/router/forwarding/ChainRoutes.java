package io.weft.router.forwarding;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.topology.RegistrationException;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.TopologyEvents;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.Map;
import java.util.SplittableRandom;

/** Routes of peers in a row, computed by the real topology. */
final class ChainRoutes {
  private ChainRoutes() {}

  static Routes of(long self, long... chain) {
    Topology[] peers = new Topology[chain.length];
    for (int i = 0; i < chain.length; i++) {
      peers[i] =
          new Topology(
              new PeerName(chain[i]), "n" + i, i + 1, new SplittableRandom(i), new NoEvents());
    }
    for (int i = 0; i < chain.length; i++) {
      for (int j : new int[] {i - 1, i + 1}) {
        if (j >= 0 && j < chain.length) {
          connect(peers[i], new PeerName(chain[j]), j + 1);
        }
      }
    }
    Routes routes = Routes.alone(new PeerName(self));
    for (int i = 0; i < chain.length; i++) {
      if (chain[i] == self) {
        mergeAll(peers[i], peers);
        routes = peers[i].routes();
      }
    }
    return routes;
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

  private static void mergeAll(Topology target, Topology[] peers) {
    try {
      // Twice: a record is taken only when the peers it lists are known.
      for (int round = 0; round < 2; round++) {
        for (Topology peer : peers) {
          for (byte[] payload : peer.encode(peer.names())) {
            target.merge(payload);
          }
        }
      }
    } catch (GossipException e) {
      throw new AssertionError(e);
    }
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
