package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.topology.Connection;
import io.weft.gossip.topology.Peer;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.Unheard;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** What recorded Go routers told one another about the topology, merged by us. */
class TopologyRecordingsTest {
  private static final String RECORDING = "discovery-3node";

  @Test
  void arrivesAtTheTopologyThatTheRecordedRouterReported() throws GossipException {
    PeerName observer = PeerName.parse("fe:00:00:00:00:01");
    Topology topology =
        new Topology(
            observer, "observer", 1, RandomGeneratorFactory.getDefault().create(1), new Unheard());
    int payloads = 0;
    for (byte[] payload : recordedPayloads()) {
      topology.merge(payload);
      payloads++;
    }
    assertTrue(payloads > 10, payloads + " topology payloads");
    JsonNode reported =
        TestVectors.jsonAt("recordings/" + RECORDING + "-report-node1.json")
            .get("Router")
            .get("Peers");
    assertEquals(3, reported.size());
    assertEquals(4, topology.peers().size());
    for (JsonNode expected : reported) {
      Peer peer = topology.peer(PeerName.parse(expected.get("Name").asText()));
      assertNotNull(peer);
      check(expected, peer);
    }
  }

  private static void check(JsonNode expected, Peer peer) {
    assertEquals(expected.get("NickName").asText(), peer.nickName());
    assertEquals(expected.get("UID").bigIntegerValue().longValue(), peer.uid());
    assertEquals(expected.get("ShortID").asInt(), peer.shortId());
    assertEquals(expected.get("Version").asLong(), peer.version());
    List<Connection> connections = new ArrayList<>();
    for (JsonNode connection : expected.get("Connections")) {
      connections.add(
          new Connection(
              PeerName.parse(connection.get("Name").asText()),
              connection.get("Address").asText(),
              connection.get("Outbound").asBoolean(),
              connection.get("Established").asBoolean()));
    }
    connections.sort((a, b) -> a.remote().compareTo(b.remote()));
    assertEquals(connections, peer.connections().toList());
  }

  private static List<byte[]> recordedPayloads() {
    List<byte[]> payloads = new ArrayList<>();
    for (Capture.Connection connection : Capture.connections(RECORDING, 6783)) {
      for (boolean fromDialler : new boolean[] {true, false}) {
        LinkEnd end =
            new LinkEnd(
                LinkEnd.parameters(1, 2, null, LinkEnd.features("02:00:00:00:00:01", "replay")),
                !fromDialler,
                LinkEnd.scripted(1));
        end.connection.start();
        Capture.Stream said = fromDialler ? connection.fromDialler() : connection.fromAcceptor();
        end.receive(said.bytes(), 1_460);
        for (MeshMessage message : end.messages) {
          if (message instanceof MeshMessage.Gossip gossip && gossip.channel().equals("topology")) {
            payloads.add(gossip.payload());
          }
        }
      }
    }
    return payloads;
  }
}
