package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Routes against the vector {@code routes} (mesh.md 7). */
class RoutesTest {
  @Test
  void computesEveryTableOfTheVectors() {
    JsonNode cases = TestVectors.json("routes").get("cases");
    int tables = 0;
    for (JsonNode graph : cases) {
      Collection<Peer> peers = peers(graph);
      for (JsonNode result : graph.get("results")) {
        check(peers, result);
        tables++;
      }
    }
    assertTrue(tables > 100, "only " + tables + " tables");
  }

  @Test
  void knowsNobodyWhenAlone() {
    PeerName self = new PeerName(7);
    Routes routes = Routes.alone(self);
    assertEquals(7, routes.unicastHop(7));
    assertEquals(0, routes.unicastHop(8));
    assertNull(routes.unicast(new PeerName(8)));
    assertArrayEquals(new long[0], routes.broadcastHops(7));
    assertArrayEquals(new long[0], routes.broadcastHops(8));
    assertEquals(Map.of(self, PeerName.UNKNOWN), routes.unicastTable());
    assertEquals(1, routes.gossipReach());
  }

  @Test
  void aMeshIsFullWhenEveryPairIsConnectedAndBothEndsSaySo() {
    SortedMap<PeerName, Peer> peers = new TreeMap<>();
    for (int name = 1; name <= 3; name++) {
      peers.put(new PeerName(name), new Peer(new PeerName(name)));
    }
    assertTrue(Routes.alone(new PeerName(1)).isFullMesh());
    for (Peer peer : peers.values()) {
      for (PeerName remote : peers.keySet()) {
        if (!remote.equals(peer.name())) {
          assertFalse(isFull(peers.values()), () -> peer.name() + " lacks " + remote);
          peer.putConnection(new Connection(remote, "", true, true));
        }
      }
    }
    assertTrue(isFull(peers.values()));
    // Of two others: what they relay for each other may pass through us.
    Peer second = peers.values().stream().skip(1).findFirst().orElseThrow();
    second.putConnection(new Connection(new PeerName(3), "", true, false));
    assertFalse(isFull(peers.values()), "one end has not established it");
  }

  private static boolean isFull(Collection<Peer> peers) {
    return new Routes(new PeerName(1), PeerGraph.of(peers)).isFullMesh();
  }

  private static void check(Collection<Peer> peers, JsonNode result) {
    PeerName self = PeerName.parse(result.get("self").asText());
    Routes routes = new Routes(self, PeerGraph.of(peers));
    boolean strict = result.get("establishedAndSymmetric").asBoolean();
    String where = "self " + self + " strict " + strict;
    SortedMap<PeerName, PeerName> hops = new TreeMap<>();
    for (Peer peer : peers) {
      PeerName hop = strict ? routes.unicast(peer.name()) : routes.unicastAll(peer.name());
      if (hop != null && !peer.name().equals(self)) {
        hops.put(peer.name(), hop);
      }
      List<PeerName> broadcast =
          strict
              ? routes.broadcastTable().getOrDefault(peer.name(), List.of())
              : routes.broadcastAll(peer.name());
      assertEquals(
          names(result.get("broadcastHopsBySource").get(peer.name().toString())),
          new TreeSet<>(broadcast),
          () -> where + " source " + peer.name());
    }
    SortedMap<PeerName, PeerName> expected = new TreeMap<>();
    result
        .get("unicastNextHop")
        .properties()
        .forEach(entry ->
            expected.put(
                PeerName.parse(entry.getKey()), PeerName.parse(entry.getValue().asText())));
    expected.remove(self);
    assertEquals(expected, hops, where);
  }

  private static Set<PeerName> names(JsonNode list) {
    Set<PeerName> names = new TreeSet<>();
    if (list != null) {
      list.forEach(name -> names.add(PeerName.parse(name.asText())));
    }
    return names;
  }

  private static Collection<Peer> peers(JsonNode graph) {
    SortedMap<PeerName, Peer> peers = new TreeMap<>();
    for (JsonNode name : graph.get("peers")) {
      PeerName peer = PeerName.parse(name.asText());
      peers.put(peer, new Peer(peer));
    }
    for (JsonNode edge : graph.get("edges")) {
      PeerName name = PeerName.parse(edge.get("from").asText());
      Peer from = peers.computeIfAbsent(name, Peer::new);
      PeerName to = PeerName.parse(edge.get("to").asText());
      from.putConnection(new Connection(to, "", true, edge.get("established").asBoolean()));
    }
    return new ArrayList<>(peers.values());
  }
}
