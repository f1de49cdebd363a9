package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.gossip.gob.GobWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecVectorsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gs_idle_elector",
        "gs_observer",
        "gs_paxos_propose",
        "gs_paxos_accepted",
        "gs_paxos_two_nodes",
        "gs_ring_single",
        "gs_ring_three_seed",
        "gs_ring_donated",
        "gs_ring_zero_free",
        "gs_ring_noseeds",
        "gs_ring_two_nick",
        "uni_ring_update"
      })
  void readsAndWritesGossipStates(String name) throws GobException {
    byte[] bytes = Vectors.hex(name);
    JsonNode json = Vectors.json(name);
    int offset = json.has("unicastTag") ? 1 : 0;
    GossipState state = GossipStateCodec.decode(bytes, offset);
    assertEquals(state(json), state);
    byte[] written = GossipStateCodec.encode(state);
    byte[] wanted = Arrays.copyOfRange(bytes, offset, bytes.length);
    Map<NodeId, NodeClaims> paxos = state.paxos();
    boolean orderIsFixed = state.nicknames().size() <= 1 && (paxos == null || paxos.size() <= 1);
    if (orderIsFixed) {
      assertArrayEquals(wanted, written);
    } else {
      assertEquals(wanted.length, written.length);
      assertEquals(state, GossipStateCodec.decode(written, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cap_gossip_idle_elector",
        "cap_gossip_observer",
        "cap_broadcast_paxos_a",
        "cap_broadcast_paxos_b",
        "cap_broadcast_paxos_c",
        "cap_broadcast_ring",
        "cap_unicast_ring_update"
      })
  void readsCapturedStates(String name) throws GobException {
    JsonNode json = Vectors.json(name);
    byte[] bytes = Vectors.hex(name);
    GossipState state = GossipStateCodec.decode(bytes, json.has("unicastTag") ? 1 : 0);
    assertEquals(state(json), state);
    assertEquals(state, GossipStateCodec.decode(GossipStateCodec.encode(state), 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uni_space_request_default",
        "uni_space_request_single",
        "uni_space_denied_single",
        "uni_space_request_zero_start",
        "uni_space_request_top",
        "cap_unicast_space_request",
        "cap_unicast_space_denied",
        "cap_unicast_claim_request"
      })
  void readsAndWritesRanges(String name) throws GobException {
    JsonNode json = Vectors.json(name);
    byte[] bytes = Vectors.hex(name);
    long end = json.get("EndInt").asLong();
    AddressRange wanted =
        new AddressRange(json.get("StartInt").asLong(), end == 0 ? Ipv4.LIMIT : end);
    assertEquals(json.get("unicastTag").asInt(), bytes[0]);
    assertEquals(wanted, RingGob.decodeRange(bytes, 1));
    if (name.startsWith("uni_")) {
      byte[] body = Arrays.copyOfRange(bytes, 1, bytes.length);
      assertArrayEquals(body, RingGob.encodeRange(wanted));
    }
  }

  @Test
  void startsWithTheRecordedDescriptors() throws GobException {
    byte[] state =
        GossipStateCodec.encode(new GossipState(1, Map.of(new PeerName(1), "one"), null, null));
    byte[] wanted = Vectors.hex("descriptors_gossipstate");
    assertArrayEquals(wanted, Arrays.copyOf(state, wanted.length));
    byte[] range = RingGob.encodeRange(AddressRange.single(1));
    byte[] wantedRange = Vectors.hex("descriptors_range");
    assertArrayEquals(wantedRange, Arrays.copyOf(range, wantedRange.length));
  }

  @Test
  void readsPayloadsOutOfMeshEnvelopes() throws GobException {
    JsonNode broadcast = Vectors.json("env_broadcast");
    GobReader reader = new GobReader(Vectors.hex("env_broadcast"));
    assertEquals(IpamProtocol.CHANNEL, reader.readString());
    assertEquals(Vectors.peer(broadcast.get("source")), new PeerName(reader.readUint(48)));
    byte[] payload = reader.readBytes();
    assertEquals(broadcast.get("payloadHex").asText(), HexFormat.of().formatHex(payload));
    assertNull(GossipStateCodec.decode(payload, 0).ring());

    JsonNode unicast = Vectors.json("env_unicast");
    reader = new GobReader(Vectors.hex("env_unicast"));
    assertEquals(IpamProtocol.CHANNEL, reader.readString());
    assertEquals(Vectors.peer(unicast.get("source")), new PeerName(reader.readUint(48)));
    assertEquals(Vectors.peer(unicast.get("destination")), new PeerName(reader.readUint(48)));
    assertEquals("10.32.0.0/12", RingGob.decodeRange(reader.readBytes(), 1).toCidrText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"db_ring", "db_ring_empty"})
  void readsAndWritesStoredRings(String name) throws GobException {
    Ring ring = StoredValues.decodeRing(Vectors.hex(name));
    assertEquals(Vectors.ring(Vectors.json(name)), ring);
    assertArrayEquals(Vectors.hex(name), StoredValues.encodeRing(ring));
  }

  @ParameterizedTest
  @ValueSource(strings = {"db_owned", "db_owned_container", "db_owned_empty"})
  void readsAndWritesStoredOwners(String name) throws GobException, InvalidAddressException {
    Map<String, OwnedAddresses> wanted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : Vectors.json(name).properties()) {
      if (field.getValue().isObject()) {
        List<Cidr> cidrs = new ArrayList<>();
        for (JsonNode cidr : field.getValue().get("Cidrs")) {
          cidrs.add(Cidr.parse(cidr.asText()));
        }
        boolean isContainer = field.getValue().get("IsContainer").asBoolean();
        wanted.put(field.getKey(), new OwnedAddresses(isContainer, cidrs));
      }
    }
    Map<String, OwnedAddresses> owned = StoredValues.decodeOwned(Vectors.hex(name));
    assertEquals(wanted, owned);
    assertArrayEquals(Vectors.hex(name), StoredValues.encodeOwned(owned));
  }

  @Test
  void readsAndWritesTheStoredName() throws GobException {
    PeerName name = StoredValues.decodeName(Vectors.hex("db_peername"));
    assertEquals(Vectors.peer(Vectors.json("db_peername").get("Peer")), name);
    assertArrayEquals(Vectors.hex("db_peername"), StoredValues.encodeName(name));
  }

  @Test
  void readsAndWritesTheStoredDirectPeers() throws GobException {
    GobType.Slice type = GobType.slice("", GobType.STRING);
    List<GobValue> peers = new GobReader(Vectors.hex("db_direct_peers")).readSlice(type);
    List<String> wanted = new ArrayList<>();
    Vectors.json("db_direct_peers").get("value").forEach(peer -> wanted.add(peer.asText()));
    assertEquals(wanted, peers.stream().map(GobValue::asText).toList());
    byte[] written = new GobWriter().write(type, new GobValue.Slice(peers)).toBytes();
    assertArrayEquals(Vectors.hex("db_direct_peers"), written);
  }

  private static GossipState state(JsonNode json) {
    Map<PeerName, String> nicknames = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.get("Nicknames").properties()) {
      String hex = entry.getKey().replace(":", "");
      nicknames.put(new PeerName(Long.parseLong(hex, 16)), entry.getValue().asText());
    }
    boolean paxosPresent =
        json.has("PaxosPresent")
            ? json.get("PaxosPresent").asBoolean()
            : !json.get("Paxos").isNull();
    return new GossipState(
        json.get("Now").asLong(),
        nicknames,
        paxosPresent ? paxos(json.get("Paxos")) : null,
        json.get("Ring").isNull() ? null : Vectors.ring(json.get("Ring")));
  }

  private static Map<NodeId, NodeClaims> paxos(JsonNode nodes) {
    Map<NodeId, NodeClaims> paxos = new TreeMap<>();
    for (JsonNode node : nodes) {
      paxos.put(
          node(node.get("Node")),
          new NodeClaims(
              proposal(node.get("Promise")),
              proposal(node.get("Accepted")),
              value(node.get("AcceptedVal"))));
    }
    return paxos;
  }

  private static AcceptedValue value(@Nullable JsonNode node) {
    return node == null || node.isNull()
        ? AcceptedValue.NONE
        : new AcceptedValue(Vectors.peers(node.get("Value")), proposal(node.get("Origin")));
  }

  private static ProposalId proposal(@Nullable JsonNode node) {
    return node == null || node.isNull()
        ? ProposalId.NONE
        : new ProposalId(node.get("Round").asLong(), node(node.get("Proposer")));
  }

  private static NodeId node(JsonNode node) {
    return new NodeId(
        Vectors.peer(node.get("Name")), Long.parseUnsignedLong(node.get("UID").asText()));
  }
}
