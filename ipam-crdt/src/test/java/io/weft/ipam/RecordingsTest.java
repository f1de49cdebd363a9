package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.RecordedMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What recorded Weave Net routers told one another about addresses, heard by our allocator. */
class RecordingsTest {
  private static final PeerName OBSERVER = PeerName.parse("fe:00:00:00:00:01");

  @ParameterizedTest
  @CsvSource({
    "plain-2.8-to-2.9, 10.32.0.0/28",
    "plain-protocol1, 10.32.0.0/28",
    "encrypted-2.8-to-2.9, 10.32.0.0/28",
    "encrypted-protocol1, 10.32.0.0/28",
    "trusted-subnet-2node, 10.32.0.0/28",
    "pmtu-search-2node, 10.32.0.0/24",
    "icmp-frag-needed-2node, 10.32.0.0/24",
    "discovery-3node, 10.32.0.0/24",
    "chain-3node-relay, 10.32.0.0/24",
    "chain-3node-restart, 10.32.0.0/24"
  })
  void arrivesAtTheRingThatTheRecordedRouterReported(String recording, String range)
      throws Exception {
    List<String> expected = new ArrayList<>();
    for (JsonNode entry : RecordedMessages.report(recording).get("IPAM").get("Entries")) {
      expected.add(
          "%s+%d of %s"
              .formatted(
                  entry.get("Token").asText(),
                  entry.get("Size").asLong(),
                  entry.get("Peer").asText()));
    }
    assertTrue(expected.size() >= 2, expected.toString());
    assertEquals(expected, listen(recording, range));
  }

  @ParameterizedTest
  @CsvSource({"plain-2node, 10.32.0.0/28", "encrypted-2node, 10.32.0.0/28"})
  void seesTheSpaceOfARouterThatLeftGoToTheOneThatStayed(String recording, String range)
      throws Exception {
    List<String> entries = listen(recording, range);
    assertTrue(entries.size() >= 5, "requests and answers have split the ring: " + entries);
    assertTrue(
        entries.stream().allMatch(entry -> entry.endsWith("7a:00:00:00:00:01")), entries::toString);
  }

  /** Whoever hears node1 as node2 did says to the others what node2 said. */
  @ParameterizedTest
  @CsvSource({
    "plain-2.8-to-2.9, 10.32.0.0/28",
    "plain-protocol1, 10.32.0.0/28",
    "encrypted-2.8-to-2.9, 10.32.0.0/28",
    "encrypted-protocol1, 10.32.0.0/28",
    "trusted-subnet-2node, 10.32.0.0/28",
    "pmtu-search-2node, 10.32.0.0/24",
    "icmp-frag-needed-2node, 10.32.0.0/24"
  })
  void votesAsTheRecordedRouterDid(String recording, String range) throws Exception {
    PeerName node2 = PeerName.parse("7a:00:00:00:00:02");
    long uid = 0;
    for (JsonNode peer : RecordedMessages.report(recording).get("Router").get("Peers")) {
      if (peer.get("Name").asText().equals(node2.toString())) {
        uid = peer.get("UID").bigIntegerValue().longValue();
      }
    }
    SilentMesh mesh = new SilentMesh();
    mesh.known.add(node2);
    Cidr universe = Cidr.parse(range);
    IpamConfig config =
        IpamConfig.of(node2, uid, "node2", universe, universe, new BootstrapMode.Consensus(2));
    Allocator allocator =
        new Allocator(
            config, new EventTime(0, 1_795_245_600_000L), new Random(1), mesh, stored -> {});
    allocator.start(mesh, null);
    List<GossipState> recorded = new ArrayList<>();
    for (RecordedMessages.Said said : RecordedMessages.of(recording)) {
      mesh.known.add(said.from());
      if (!said.from().equals(node2)) {
        hear(allocator, said);
      } else if (said.message() instanceof MeshMessage.GossipBroadcast m
          && m.channel().equals(IpamProtocol.CHANNEL)
          && m.source().equals(node2)) {
        recorded.add(timeless(m.payload()));
      }
    }
    assertTrue(recorded.size() > 1, "recorded broadcasts of node2: " + recorded);
    List<GossipState> ours = new ArrayList<>();
    for (byte[] payload : mesh.broadcasts) {
      ours.add(timeless(payload));
    }
    assertEquals(recorded, ours);
  }

  private static GossipState timeless(byte[] payload) throws GobException {
    GossipState state = GossipStateCodec.decode(payload, 0);
    return new GossipState(0, Map.of(), state.paxos(), state.ring());
  }

  /** The ring of a bystander who hears everything, as token, size and owner. */
  private static List<String> listen(String recording, String range)
      throws InvalidAddressException, GossipException {
    SilentMesh mesh = new SilentMesh();
    Cidr universe = Cidr.parse(range);
    IpamConfig config =
        IpamConfig.of(OBSERVER, 7, "observer", universe, universe, new BootstrapMode.Observer());
    Allocator allocator =
        new Allocator(
            config, new EventTime(0, 1_795_245_600_000L), new Random(1), mesh, stored -> {});
    allocator.start(mesh, null);
    int heard = 0;
    for (RecordedMessages.Said said : RecordedMessages.of(recording)) {
      mesh.known.add(said.from());
      heard += hear(allocator, said) ? 1 : 0;
    }
    assertTrue(heard > 1, heard + " messages about addresses");
    return allocator.status().entries().stream()
        .map(entry -> "%s+%d of %s".formatted(entry.token(), entry.size(), entry.peer()))
        .toList();
  }

  private static boolean hear(Allocator allocator, RecordedMessages.Said said)
      throws GossipException {
    switch (said.message()) {
      case MeshMessage.Gossip m when m.channel().equals(IpamProtocol.CHANNEL) ->
          allocator.onGossip(m.payload());
      case MeshMessage.GossipBroadcast m when m.channel().equals(IpamProtocol.CHANNEL) ->
          allocator.onBroadcast(m.source(), m.payload());
      case MeshMessage.GossipUnicast m when m.channel().equals(IpamProtocol.CHANNEL) ->
          allocator.onUnicast(m.source(), m.payload());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A mesh that delivers nothing and remembers what it was to broadcast. */
  private static final class SilentMesh implements GossipSender, MeshView {
    private final TreeSet<PeerName> known = new TreeSet<>(List.of(OBSERVER));
    private final List<byte[]> broadcasts = new ArrayList<>();

    @Override
    public void unicast(PeerName destination, byte[] payload) {}

    @Override
    public void broadcast(GossipData data) {
      broadcasts.addAll(data.encode());
    }

    @Override
    public void gossip(GossipData data) {}

    @Override
    public boolean isKnown(PeerName peer) {
      return known.contains(peer);
    }

    @Override
    public int activeTargets() {
      return 0;
    }
  }
}
