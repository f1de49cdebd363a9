package io.weft.gossip.gob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GobVectorsTest {
  @Test
  void readsAndWritesEveryPrimitive() throws GobException {
    for (JsonNode test : TestVectors.json("gob-primitives").get("cases")) {
      byte[] stream = TestVectors.bytes(test.get("hex").asText());
      String text = test.get("value").asText();
      GobType type;
      GobValue expected;
      switch (test.get("type").asText()) {
        case "uint" -> {
          type = GobType.UINT64;
          expected = new GobValue.Uint(Long.parseUnsignedLong(text));
        }
        case "int" -> {
          type = GobType.INT64;
          expected = new GobValue.Int(Long.parseLong(text));
        }
        case "bool" -> {
          type = GobType.BOOL;
          expected = new GobValue.Bool(Boolean.parseBoolean(text));
        }
        case "float" -> {
          type = GobType.FLOAT;
          expected = new GobValue.Real(Double.parseDouble(text));
        }
        case "bytes" -> {
          type = GobType.BYTES;
          expected = new GobValue.Bytes(TestVectors.bytes(text.substring(2)));
        }
        default -> {
          type = GobType.STRING;
          expected = new GobValue.Text(text);
        }
      }
      GobReader reader = new GobReader(stream);
      assertEquals(expected, reader.read(type), test::toString);
      assertTrue(reader.atEnd());
      assertArrayEquals(stream, new GobWriter().write(type, expected).toBytes(), test::toString);
      assertArrayEquals(stream, new GobEncoder(type).encode(expected), test::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lone-peer", "two-peers", "placeholder", "empty"})
  void readsTopologiesAndWritesTheSameBytes(String name) throws GobException {
    byte[] stream = TestVectors.hex("topology-" + name);
    GobReader reader = new GobReader(stream);
    GobWriter writer = new GobWriter(66);
    int peers = 0;
    while (!reader.atEnd()) {
      JsonNode expected = TestVectors.json("topology-" + name).get("peers").get(peers++);
      GobStruct peer = reader.readStruct(GobSamples.PEER);
      assertEquals(expected.get("name").asText(), PeerName.ofBytes(peer.bytes("NameByte")) + "");
      assertEquals(expected.get("NickName").asText(), peer.text("NickName"));
      assertEquals(expected.get("UID").asText(), Long.toUnsignedString(peer.uint("UID")));
      assertEquals(expected.get("Version").asText(), Long.toUnsignedString(peer.uint("Version")));
      assertEquals(expected.get("ShortID").asLong(), peer.uint("ShortID"));
      assertEquals(expected.get("HasShortID").asBoolean(), peer.bool("HasShortID"));
      List<GobValue> connections = reader.readSlice(GobSamples.CONNECTIONS);
      List<String> remotes = new ArrayList<>();
      for (GobValue value : connections) {
        GobStruct connection = value.asStruct();
        remotes.add(
            "%s %s %s %s"
                .formatted(
                    PeerName.ofBytes(connection.bytes("NameByte")),
                    connection.text("RemoteTCPAddr"),
                    connection.bool("Outbound"),
                    connection.bool("Established")));
      }
      List<String> expectedRemotes = new ArrayList<>();
      for (JsonNode connection : expected.get("connections")) {
        expectedRemotes.add(
            "%s %s %s %s"
                .formatted(
                    connection.get("name").asText(),
                    connection.get("RemoteTCPAddr").asText(),
                    connection.get("Outbound").asBoolean(),
                    connection.get("Established").asBoolean()));
      }
      assertEquals(expectedRemotes, remotes);
      writer.write(peer);
      writer.write(GobSamples.CONNECTIONS, new GobValue.Slice(connections));
    }
    assertEquals(TestVectors.json("topology-" + name).get("peers").size(), peers);
    assertArrayEquals(stream, writer.toBytes());
  }

  @ParameterizedTest
  @CsvSource({
    "sub-ipam-range, 65",
    "sub-ipam-state-empty, 66",
    "sub-ipam-state-paxos, 66",
    "sub-ipam-state-paxos-emptymap, 66",
    "sub-ipam-state-paxos-promise, 66",
    "sub-ipam-state-ring, 66",
    "sub-nameserver, 78",
    "sub-nameserver-empty, 78"
  })
  void readsSubProtocolsAndWritesTheSameBytes(String name, int firstTypeId) throws GobException {
    byte[] stream = TestVectors.hex(name);
    GobReader reader = new GobReader(stream);
    GobStruct value = reader.readStruct((GobType.Struct) GobSamples.typeOf(name));
    assertTrue(reader.atEnd());
    assertArrayEquals(stream, new GobWriter(firstTypeId).write(value).toBytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sub-ipam-range", "sub-ipam-state-paxos", "sub-ipam-state-ring"})
  void anEncoderWritesWhatANewWriterWritesEachTime(String name) throws GobException {
    GobType.Struct type = (GobType.Struct) GobSamples.typeOf(name);
    GobStruct value = new GobReader(TestVectors.hex(name)).readStruct(type);
    GobEncoder encoder = new GobEncoder(type);
    for (int round = 0; round < 2; round++) {
      assertArrayEquals(new GobWriter().write(value).toBytes(), encoder.encode(value));
    }
  }

  @Test
  void tellsAnAbsentMapFromAnEmptyOne() throws GobException {
    assertNull(readIpam("sub-ipam-state-empty").map("Paxos"));
    List<GobValue.Entry> present = readIpam("sub-ipam-state-paxos-emptymap").map("Paxos");
    assertNotNull(present);
    assertTrue(present.isEmpty());
  }

  @Test
  void readsMapsWhoseKeysAreStructs() throws GobException {
    List<GobValue.Entry> paxos = readIpam("sub-ipam-state-paxos").map("Paxos");
    assertNotNull(paxos);
    assertEquals(1, paxos.size());
    GobStruct key = paxos.getFirst().key().asStruct();
    assertEquals(PeerName.parse("02:11:22:33:44:55").value(), key.uint("Name"));
    assertEquals(99, key.uint("UID"));
    GobStruct accepted = paxos.getFirst().value().asStruct().struct("AcceptedVal");
    assertNotNull(accepted);
    assertEquals(2, accepted.slice("Value").size());
  }

  @Test
  void tellsAnAbsentStructFromAnEmptyOne() throws GobException {
    assertFalse(readIpam("sub-ipam-state-empty").has("Ring"));
    GobStruct ring = readIpam("sub-ipam-state-ring").struct("Ring");
    assertNotNull(ring);
    assertEquals(0x0a300000L, ring.uint("End"));
    List<GobValue.Entry> paxos = readIpam("sub-ipam-state-paxos-promise").map("Paxos");
    assertNotNull(paxos);
    assertTrue(paxos.getFirst().value().asStruct().has("Accepted"));
  }

  @Test
  void definesTypesInTheOrderOfGo() {
    assertArrayEquals(
        TestVectors.hexAt("vectors/ipam/descriptors_gossipstate.hex"),
        new GobWriter().define(GobSamples.ipamState("mesh")).toBytes());
    assertArrayEquals(
        TestVectors.hexAt("vectors/ipam/descriptors_range.hex"),
        new GobWriter().define(GobSamples.RANGE).toBytes());
  }

  private static GobStruct readIpam(String name) throws GobException {
    return new GobReader(TestVectors.hex(name)).readStruct(GobSamples.ipamState("main"));
  }
}
