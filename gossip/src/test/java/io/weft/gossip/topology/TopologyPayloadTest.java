package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import io.weft.gossip.channel.GossipException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topology payloads against their vectors, and against damaged ones (mesh.md 5.6). */
class TopologyPayloadTest {
  @ParameterizedTest
  @ValueSource(strings = {"topology-lone-peer", "topology-two-peers", "topology-placeholder"})
  void decodesAndReencodesTheVectorsByteForByte(String vector) throws GossipException {
    byte[] payload = TestVectors.hex(vector);
    List<PeerRecord> records = decode(payload);
    JsonNode expected = TestVectors.json(vector).get("peers");
    assertEquals(expected.size(), records.size());
    for (int i = 0; i < records.size(); i++) {
      assertSame(expected.get(i), records.get(i));
    }
    List<byte[]> encoded = TopologyPayload.encode(peers(records));
    assertEquals(1, encoded.size());
    assertArrayEquals(payload, encoded.getFirst());
  }

  private static void assertSame(JsonNode expected, PeerRecord record) {
    assertEquals(expected.get("name").asText(), record.name().toString());
    assertEquals(expected.get("NickName").asText(), record.nickName());
    assertEquals(expected.get("UID").asText(), Long.toUnsignedString(record.uid()));
    assertEquals(expected.get("Version").asText(), Long.toUnsignedString(record.version()));
    assertEquals(
        expected.get("HasShortID").asBoolean() ? expected.get("ShortID").asInt() : null,
        record.shortId());
    List<Connection> connections = new ArrayList<>();
    for (JsonNode connection : expected.get("connections")) {
      connections.add(
          new Connection(
              PeerName.parse(connection.get("name").asText()),
              connection.get("RemoteTCPAddr").asText(),
              connection.get("Outbound").asBoolean(),
              connection.get("Established").asBoolean()));
    }
    assertEquals(connections, record.connections().toList());
  }

  @Test
  void takesNoBytesAsAPayloadAboutNobody() throws GossipException {
    assertEquals(List.of(), decode(TestVectors.hex("topology-empty")));
    assertEquals(List.of(), TopologyPayload.encode(List.of()));
  }

  @Test
  void splitsWhatIsTooLargeForOneMessage() throws GossipException {
    List<Peer> peers = new ArrayList<>();
    for (int i = 1; i <= 300; i++) {
      Peer peer = new Peer(new PeerName(i));
      peer.describe("host" + i, i, i);
      for (int j = 1; j <= 300; j++) {
        peer.putConnection(new Connection(new PeerName(j), "10.11.12.13:6783", true, true));
      }
      peers.add(peer);
    }
    List<byte[]> payloads = TopologyPayload.encode(peers);
    assertTrue(payloads.size() > 1);
    int decoded = 0;
    for (byte[] payload : payloads) {
      assertTrue(payload.length <= 2 << 20);
      decoded += decode(payload).size();
    }
    assertEquals(300, decoded);
  }

  @Test
  void leavesOutTheReservedNameAndConnectionsToOneself() throws GossipException {
    Peer nobody = new Peer(PeerName.UNKNOWN);
    Peer somebody = new Peer(new PeerName(5));
    somebody.putConnection(new Connection(PeerName.UNKNOWN, "10.0.0.1:1", true, true));
    somebody.putConnection(new Connection(new PeerName(5), "10.0.0.1:1", true, true));
    somebody.putConnection(new Connection(new PeerName(6), "x".repeat(500), true, true));
    List<PeerRecord> records = decode(TopologyPayload.encode(List.of(nobody, somebody)).getFirst());
    assertEquals(1, records.size());
    assertEquals(
        List.of(new Connection(new PeerName(6), "", true, true)),
        records.getFirst().connections().toList());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void refusesDamagedPayloadsWithoutOtherFailures(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    byte[] payload = TestVectors.hex("topology-two-peers");
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = Arrays.copyOf(payload, 1 + random.nextInt(payload.length));
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      try {
        decode(damaged);
      } catch (GossipException e) {
        assertTrue(e.getMessage() != null && e.getMessage().startsWith("topology: "));
      }
    }
    assertThrows(GossipException.class, () -> decode(new byte[] {1, 2, 3}));
  }

  private static List<PeerRecord> decode(byte[] payload) throws GossipException {
    return TopologyPayload.decode(payload, record -> true, dropped -> {});
  }

  private static List<Peer> peers(List<PeerRecord> records) {
    List<Peer> peers = new ArrayList<>();
    for (PeerRecord record : records) {
      Peer peer = new Peer(record.name());
      peer.describe(record.nickName(), record.uid(), record.version());
      peer.setShortId(record.shortId());
      peer.replaceConnections(record.connections());
      peers.add(peer);
    }
    return peers;
  }
}
