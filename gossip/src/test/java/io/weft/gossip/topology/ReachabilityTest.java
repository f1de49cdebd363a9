package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReachabilityTest {
  private static final int MESHES = 200;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void garbageIsWhatASearchOverTheWholeGraphDoesNotReach(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int collected = 0;
    for (int mesh = 0; mesh < MESHES; mesh++) {
      PeerTable peers = randomMesh(random);
      Peer start = peers.at(random.nextInt(peers.size()));
      PeerGraph graph = PeerGraph.of(peers.asList());
      int[] hops = graph.firstHops(graph.indexOf(start.name().value()), false);
      List<PeerName> expected = new ArrayList<>();
      for (int i = 0; i < hops.length; i++) {
        Peer peer = peers.get(graph.name(i));
        if (hops[i] == PeerGraph.UNREACHED && peer != null && !peer.isReferenced()) {
          expected.add(graph.name(i));
        }
      }
      List<PeerName> found = Reachability.garbage(peers, start).stream().map(Peer::name).toList();
      assertEquals(expected, found, "seed " + seed + ", mesh " + mesh);
      collected += found.size();
    }
    assertTrue(collected > MESHES, "seed " + seed + " has meshes with garbage");
  }

  /** Few connections, some to peers that are not in the table, and some peers referred to. */
  private static PeerTable randomMesh(SplittableRandom random) {
    int size = random.nextInt(1, 30);
    PeerTable peers = new PeerTable();
    for (int i = 1; i <= size; i++) {
      Peer peer = new Peer(new PeerName(i));
      for (int count = random.nextInt(3); count > 0; count--) {
        int remote = random.nextInt(1, size + 4);
        if (remote != i) {
          peer.putConnection(new Connection(new PeerName(remote), "10.0.0.1:6783", true, true));
        }
      }
      if (random.nextInt(5) == 0) {
        peer.addReference();
      }
      peers.add(peer);
    }
    return peers;
  }
}
