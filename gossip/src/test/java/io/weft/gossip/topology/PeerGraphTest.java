package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs made from earlier ones are those made from nothing. */
class PeerGraphTest {
  private static final int PEERS = 14;

  private final SortedMap<PeerName, Peer> peers = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void leadTheSameWaysAsGraphsFromNothingAfterAnyEdits(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    PeerGraph graph = PeerGraph.of(peers.values());
    for (int step = 0; step < 300; step++) {
      int edits = random.nextInt(8);
      for (int i = 0; i < edits; i++) {
        edit(random);
      }
      graph = graph.update(peers.values());
      assertSameWays(PeerGraph.of(peers.values()), graph, "seed " + seed + " step " + step);
    }
    assertTrue(graph.size() > 1);
  }

  private void edit(RandomGenerator random) {
    PeerName name = new PeerName(1 + random.nextInt(PEERS));
    PeerName remote = new PeerName(1 + random.nextInt(PEERS));
    Peer peer = peers.get(name);
    if (peer == null) {
      peers.put(name, new Peer(name));
    } else if (random.nextInt(12) == 0) {
      peers.remove(name);
    } else if (random.nextInt(4) == 0) {
      peer.replaceConnections(peer.connections().without(remote));
    } else if (!remote.equals(name)) {
      peer.putConnection(new Connection(remote, "", true, random.nextInt(4) > 0));
    }
  }

  private static void assertSameWays(PeerGraph expected, PeerGraph actual, String message) {
    assertEquals(expected.size(), actual.size(), message);
    assertTrue(expected.isAlike(actual), message);
    for (int from = 0; from < expected.size(); from++) {
      assertEquals(expected.name(from), actual.name(from), message);
      for (boolean strict : new boolean[] {true, false}) {
        assertArrayEquals(
            expected.firstHops(from, strict), actual.firstHops(from, strict), message);
        for (int self = 0; self < expected.size(); self++) {
          assertArrayEquals(
              expected.broadcastHops(from, self, strict),
              actual.broadcastHops(from, self, strict),
              message);
        }
      }
    }
  }

  @Test
  void areTheSameObjectAsLongAsNothingChanges() {
    Peer one = new Peer(new PeerName(1));
    Peer two = new Peer(new PeerName(2));
    one.putConnection(new Connection(two.name(), "10.0.0.2:6783", true, true));
    PeerGraph graph = PeerGraph.of(List.of(one, two));
    assertSame(graph, graph.update(List.of(one, two)));
  }

  @Test
  void keepTheRowsOfPeersThatAChangeDoesNotTouch() {
    for (int i = 2; i <= PEERS; i++) {
      connect(1, i);
      connect(i, i % PEERS + 1);
    }
    PeerGraph before = PeerGraph.of(peers.values());
    connect(3, 9);
    PeerGraph after = before.update(peers.values());
    for (int i = 0; i < PEERS; i++) {
      boolean isTouched = i == 2 || i == 8;
      for (boolean strict : new boolean[] {true, false}) {
        boolean isKept = before.neighbours(i, strict) == after.neighbours(i, strict);
        assertEquals(!isTouched, isKept, "row of peer " + (i + 1));
      }
    }
  }

  @Test
  void giveTheSameRoutesWhenOnlyAnAddressChanges() {
    Peer one = new Peer(new PeerName(1));
    Peer two = new Peer(new PeerName(2));
    one.putConnection(new Connection(two.name(), "10.0.0.2:6783", true, true));
    PeerGraph graph = PeerGraph.of(List.of(one, two));
    Routes routes = new Routes(one.name(), graph);
    one.putConnection(new Connection(two.name(), "10.0.0.3:6783", true, true));
    assertSame(routes, routes.over(graph.update(List.of(one, two))));
  }

  @Test
  void drawNeighboursByWhatLiesBehindThem() {
    // One has two neighbours; behind the second lie ten more.
    Peer one = new Peer(new PeerName(1));
    peers.put(one.name(), one);
    connect(1, 2);
    connect(1, 3);
    for (int i = 4; i < PEERS; i++) {
      connect(3, i);
    }
    Routes routes = new Routes(one.name(), PeerGraph.of(peers.values()));
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(1);
    assertEquals(2, routes.drawNeighbours(null, random).size());
    assertEquals(List.of(new PeerName(2)), routes.drawNeighbours(new PeerName(3), random));
    int first = 0;
    for (int i = 0; i < 1000; i++) {
      first += routes.drawNeighbours(null, random).getFirst().equals(new PeerName(3)) ? 1 : 0;
    }
    assertTrue(first > 850 && first < 970, first + " of 1000");
  }

  private void connect(long from, long to) {
    peers
        .computeIfAbsent(new PeerName(from), Peer::new)
        .putConnection(new Connection(new PeerName(to), "", true, true));
    peers
        .computeIfAbsent(new PeerName(to), Peer::new)
        .putConnection(new Connection(new PeerName(from), "", false, true));
  }
}
