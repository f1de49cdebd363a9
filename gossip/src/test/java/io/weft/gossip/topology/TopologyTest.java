package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of peers: merge, registration, garbage, short ids (mesh.md 6). */
class TopologyTest {
  private static final PeerName SELF = new PeerName(100);
  private static final PeerName OTHER = new PeerName(5);
  private static final PeerName THIRD = new PeerName(6);

  /** Counts what the topology reports. */
  private static final class Recorder implements TopologyEvents {
    private int selfChanges;
    private int invalidations;
    private int reassignments;
    private int claims;
    private int dropped;

    @Override
    public void selfChanged() {
      selfChanges++;
    }

    @Override
    public void shortIdsInvalidated() {
      invalidations++;
    }

    @Override
    public void shortIdReassigned() {
      reassignments++;
    }

    @Override
    public void foreignClaim() {
      claims++;
    }

    @Override
    public void peersDropped(int count) {
      dropped += count;
    }
  }

  private final Recorder events = new Recorder();
  private final Topology topology =
      new Topology(SELF, "self", 1, RandomGeneratorFactory.getDefault().create(7), events);

  @Test
  void acceptsAndRefusesRecordsAsTheVectorsSay() throws GossipException {
    for (JsonNode testCase : TestVectors.json("topology-merge").get("existingPeer")) {
      Topology table =
          new Topology(SELF, "self", 1, RandomGeneratorFactory.getDefault().create(7), events);
      table.merge(payload(record(testCase.get("have"), "have")));
      MergeResult result = table.merge(payload(record(testCase.get("incoming"), "incoming")));
      boolean accepted = testCase.get("accepted").asBoolean();
      assertEquals(accepted ? Set.of(OTHER) : Set.of(), result.improved(), testCase.toString());
      assertEquals(Set.of(OTHER), result.received());
      Peer peer = table.peer(OTHER);
      assertNotNull(peer);
      assertEquals(accepted ? "incoming" : "have", peer.nickName(), testCase.toString());
    }
  }

  @Test
  void jumpsAboveAnEarlierLifeAsTheVectorsSay() throws GossipException {
    for (JsonNode testCase : TestVectors.json("topology-merge").get("ourselves")) {
      Topology table =
          new Topology(
              SELF,
              "self",
              testCase.get("ourUID").asLong(),
              RandomGeneratorFactory.getDefault().create(7),
              events);
      for (int i = 0; i < testCase.get("ourVersionBefore").asInt(); i++) {
        table.addConnection(OTHER, "10.0.0.5:6783", true);
      }
      long uid = testCase.get("incomingUID").asLong();
      long version = testCase.get("incomingVersion").asLong();
      MergeResult result = table.merge(payload(peer(SELF, "forged", uid, version, null)));
      assertEquals(
          testCase.get("ourVersionAfter").asLong(), table.self().version(), testCase.toString());
      assertEquals("self", table.self().nickName());
      assertEquals(Set.of(), result.improved());
    }
  }

  @Test
  void doesNotWrapItsVersionWhenOthersClaimTheHighest() throws GossipException {
    topology.merge(payload(peer(SELF, "forged", 99, -1L, null)));
    assertEquals(-1L, topology.self().version());
    topology.addConnection(OTHER, "10.0.0.5:6783", true);
    assertEquals(-1L, topology.self().version());
    assertEquals(1, events.claims);
  }

  @Test
  void insertsPlaceholdersForPeersKnownByConnectionsOnly() throws GossipException {
    Peer other = peer(OTHER, "other", 50, 3, 9);
    other.putConnection(new Connection(THIRD, "10.0.0.6:6783", true, true));
    topology.merge(payload(other));
    Peer placeholder = topology.peer(THIRD);
    assertNotNull(placeholder);
    assertEquals(0, placeholder.uid());
    assertNull(placeholder.shortId());
    MergeResult result = topology.merge(payload(peer(THIRD, "third", 60, 0, 10)));
    assertEquals(Set.of(THIRD), result.improved());
    assertEquals("third", placeholder.nickName());
  }

  @Test
  void changesNothingWhenPartOfAPayloadIsMalformed() {
    byte[] good = payload(peer(OTHER, "other", 50, 3, 9));
    byte[] bad = Arrays.copyOf(good, good.length + 1);
    assertThrows(GossipException.class, () -> topology.merge(bad));
    assertNull(topology.peer(OTHER));
  }

  @Test
  void keepsReachableAndReferencedPeersOnly() throws GossipException, RegistrationException {
    topology.register(features(OTHER, 50), true, "10.0.0.5:6783");
    topology.addConnection(OTHER, "10.0.0.5:6783", true);
    Peer other = peer(OTHER, "other", 50, 3, 9);
    other.putConnection(new Connection(THIRD, "10.0.0.6:6783", true, true));
    PeerName stranger = new PeerName(77);
    topology.merge(payload(other, peer(stranger, "stranger", 1, 1, null)));
    PeerName handshaking = new PeerName(78);
    topology.register(features(handshaking, 1), true, "10.0.0.9:6783");

    assertEquals(Set.of(stranger), topology.collectGarbage());
    topology.release(handshaking);
    assertEquals(Set.of(handshaking), topology.collectGarbage());
    topology.removeConnection(OTHER);
    topology.release(OTHER);
    assertEquals(Set.of(OTHER, THIRD), topology.collectGarbage());
    assertEquals(List.of(SELF), topology.names());
  }

  @Test
  void registersStrangersOnlyFromAddressesThatMayIntroduceThem() throws RegistrationException {
    RegistrationException unknown =
        assertThrows(
            RegistrationException.class,
            () -> topology.register(features(OTHER, 50), false, "10.0.0.5:6783"));
    assertEquals(
        "Found unknown remote name: 00:00:00:00:00:05 at 10.0.0.5:6783", unknown.getMessage());
    assertFalse(unknown.isPermanent());
    assertFalse(topology.register(features(OTHER, 50), true, "10.0.0.5:6783"));
    assertTrue(topology.register(features(OTHER, 51), false, "10.0.0.5:6783"));
  }

  @Test
  void refusesOurselvesAndOurNamesakeForGood() {
    RegistrationException self =
        assertThrows(
            RegistrationException.class, () -> topology.register(features(SELF, 1), true, "a"));
    assertEquals("cannot connect to ourself", self.getMessage());
    assertTrue(self.isPermanent());
    RegistrationException namesake =
        assertThrows(
            RegistrationException.class, () -> topology.register(features(SELF, 2), true, "a"));
    assertEquals(
        "local \"00:00:00:00:00:64(self)\" and remote \"00:00:00:00:00:64(nick)\""
            + " peer names collision",
        namesake.getMessage());
    assertTrue(namesake.isPermanent());
  }

  @Test
  void movesToAnotherShortIdWhenALowerNameTakesOurs() throws GossipException {
    int before = shortId(topology.self());
    long versionBefore = topology.self().version();
    topology.merge(payload(peer(OTHER, "other", 50, 3, before)));
    assertNotEquals(before, shortId(topology.self()));
    assertEquals(versionBefore + 1, topology.self().version());
    assertEquals(1, events.reassignments);
    assertTrue(events.invalidations >= 1);
    assertTrue(events.selfChanges >= 1);
    assertEquals(OTHER, topology.peerOfShortId(before));

    topology.merge(payload(peer(new PeerName(200), "high", 50, 3, topology.self().shortId())));
    assertEquals(1, events.reassignments);
    assertEquals(SELF, topology.peerOfShortId(shortId(topology.self())));
  }

  private static Peer record(JsonNode fields, String nickName) {
    return peer(
        OTHER,
        nickName,
        fields.get("uid").asLong(),
        fields.get("version").asLong(),
        fields.get("hasShortID").asBoolean() ? 4 : null);
  }

  @Test
  void keepsABoundedNumberOfConnectionsWhateverOthersClaim() throws GossipException {
    int each = 3_500;
    int talkers = Topology.MAX_CONNECTIONS / (each + 1) + 2;
    for (int talker = 0; talker < talkers; talker++) {
      Peer peer = peer(new PeerName(1_000_000 + talker), "", 1, 1, null);
      List<Connection> many = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        many.add(new Connection(new PeerName(2_000_000 + i), "10.0.0.1:6783", false, true));
      }
      many.add(new Connection(SELF, "10.0.0.2:6783", false, true));
      peer.replaceConnections(many);
      topology.merge(payload(peer));
    }
    int whole = each + 1;
    int kept = topology.peers().stream().mapToInt(p -> p.connections().size()).sum();
    int complete = Topology.MAX_CONNECTIONS / whole;
    // Of the others only the connection to us is left: a neighbour among them stays in reach.
    assertEquals(Math.min(talkers, complete) * whole + talkers - complete, kept);
    assertEquals(talkers - complete, events.dropped);
    PeerName last = new PeerName(1_000_000 + talkers - 1);
    assertEquals(List.of(SELF), connectionsOf(last));
  }

  @Test
  void losesNobodyAtAReaderThatCollectsItsGarbageAfterEachPayload()
      throws GossipException, RegistrationException {
    // A chain away from us whose names descend: in order of name its far end would come first.
    int links = 1_500;
    PeerName nearest = new PeerName(2_000_000);
    topology.register(features(nearest, 1), true, "10.0.0.1:6783");
    topology.addConnection(nearest, "10.0.0.1:6783", true);
    for (int i = 0; i < links; i++) {
      Peer link = peer(new PeerName(2_000_000 - i), "a name of some length ".repeat(8), 1, 1, null);
      link.putConnection(
          new Connection(new PeerName(2_000_000 - i - 1), "10.0.0.2:6783", true, true));
      topology.merge(payload(link));
    }
    List<byte[]> payloads = topology.encode(topology.names());
    assertTrue(payloads.size() > 1, "one payload proves nothing");

    Topology reader =
        new Topology(OTHER, "reader", 9, RandomGeneratorFactory.getDefault().create(8), events);
    reader.register(features(SELF, 1), true, "10.0.0.9:6783");
    reader.addConnection(SELF, "10.0.0.9:6783", false);
    for (byte[] payload : payloads) {
      reader.merge(payload);
      assertEquals(Set.of(), reader.collectGarbage());
    }
    // Ourselves, the chain, the placeholder at its end, and the reader.
    assertEquals(links + 3, reader.peers().size());
  }

  private List<PeerName> connectionsOf(PeerName name) {
    Peer peer = topology.peer(name);
    assertNotNull(peer);
    return peer.connections().toList().stream().map(Connection::remote).toList();
  }

  private static Peer peer(
      PeerName name, String nickName, long uid, long version, @Nullable Integer shortId) {
    Peer peer = new Peer(name);
    peer.describe(nickName, uid, version);
    peer.setShortId(shortId);
    return peer;
  }

  private static byte[] payload(Peer... peers) {
    return TopologyPayload.encode(List.of(peers)).getFirst();
  }

  private static int shortId(Peer peer) {
    Integer id = peer.shortId();
    assertNotNull(id);
    return id;
  }

  private static RemoteFeatures features(PeerName name, long uid) {
    return new RemoteFeatures(name, "nick", uid, 1, null, false, null, Map.of());
  }
}
