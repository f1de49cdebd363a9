package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.TestVectors;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeVectorsTest {
  private static final String[] NAMES = {
    "v2-plain", "v2-encrypted", "v1-plain", "v1-encrypted", "max3-offered"
  };

  @Test
  void offersTheHeaderOfTheVector() {
    LinkEnd end = new LinkEnd(LinkEnd.parameters(1, 2, null, Map.of()), true, LinkEnd.scripted(1));
    end.connection.start();
    assertArrayEquals(TestVectors.hex("protocol-header"), end.takeSent());
  }

  @Test
  void readsTheFeatureMapOfTheVector() throws GobException, MeshFaultException {
    Map<String, String> features =
        FeatureMap.fromGob(new GobReader(TestVectors.hex("features-v2")).read(FeatureMap.TYPE));
    assertEquals(asMap(TestVectors.json("features-v2")), features);
    RemoteFeatures parsed = FeatureMap.parse(features);
    assertEquals("02:11:22:33:44:55", parsed.name().toString());
    assertEquals(1234, parsed.shortId());
    assertEquals("fastdp sleeve", parsed.overlays());
  }

  @ParameterizedTest
  @CsvSource({
    "v2-plain, 1", "v2-plain, 7", "v2-plain, 100000",
    "v2-encrypted, 1", "v2-encrypted, 3", "v2-encrypted, 100000",
    "v1-plain, 1", "v1-plain, 5", "v1-plain, 100000",
    "v1-encrypted, 1", "v1-encrypted, 16", "v1-encrypted, 100000",
    "max3-offered, 1", "max3-offered, 100000"
  })
  void bothEndsUnderstandTheOther(String name, int pieceSize) {
    JsonNode vector = TestVectors.json("handshake-" + name);
    for (String side : List.of("initiator", "acceptor")) {
      String other = side.equals("initiator") ? "acceptor" : "initiator";
      LinkEnd end = end(vector, side);
      end.connection.start();
      end.receive(TestVectors.hex("handshake-" + name + "-" + other), pieceSize);
      assertNull(end.closeReason);
      checkHandshake(vector, side, end);
      assertEquals(plainMessages(vector, other), encoded(end.messages));
    }
  }

  @ParameterizedTest
  @CsvSource({"v2-plain", "v2-encrypted", "v1-plain", "v1-encrypted"})
  void bothEndsSendTheSameBytes(String name) throws GobException {
    JsonNode vector = TestVectors.json("handshake-" + name);
    for (String side : List.of("initiator", "acceptor")) {
      String other = side.equals("initiator") ? "acceptor" : "initiator";
      LinkEnd end = end(vector, side);
      end.connection.start();
      end.receive(TestVectors.hex("handshake-" + name + "-" + other), 100_000);
      for (String plain : plainMessages(vector, side)) {
        end.connection.send(MessageCodec.decode(TestVectors.bytes(plain)));
      }
      String expected = HexFormat.of().formatHex(TestVectors.hex("handshake-" + name + "-" + side));
      assertEquals(expected, HexFormat.of().formatHex(end.takeSent()), name + " " + side);
    }
  }

  @Test
  void everyTruncationLeavesTheConnectionWaiting() {
    for (String name : NAMES) {
      JsonNode vector = TestVectors.json("handshake-" + name);
      byte[] stream = TestVectors.hex("handshake-" + name + "-acceptor");
      for (int length = 0; length < stream.length; length++) {
        LinkEnd end = end(vector, "initiator");
        end.connection.start();
        end.receive(Arrays.copyOf(stream, length), 64);
        assertNull(end.closeReason);
        end.connection.onEnd("EOF");
        assertTrue(String.valueOf(end.closeReason).endsWith("EOF"), end.closeReason);
      }
    }
  }

  private static void checkHandshake(JsonNode vector, String side, LinkEnd end) {
    boolean initiator = side.equals("initiator");
    Handshaken handshaken = end.handshaken;
    assertNotNull(handshaken);
    assertEquals(vector.get("negotiatedVersion").asInt(), handshaken.protocolVersion());
    assertEquals(initiator, handshaken.outbound());
    Map<String, String> seen =
        asMap(vector.get(initiator ? "featuresSeenByInitiator" : "featuresSeenByAcceptor"));
    Map<String, String> all = new HashMap<>(handshaken.features().all());
    all.remove(MeshProtocol.PUBLIC_KEY);
    assertEquals(seen, all);
    long uid =
        Long.parseUnsignedLong("81985529216486895")
            ^ Long.parseUnsignedLong("12297829382473034410");
    assertEquals(uid, handshaken.connectionUid());
    byte[] key = handshaken.sessionKey();
    String expectedKey = vector.path("sessionKey").asText("");
    assertEquals(expectedKey, key == null ? "" : HexFormat.of().formatHex(key));
  }

  /** An end that announces its features in the order of the recorded bytes. */
  private static LinkEnd end(JsonNode vector, String side) {
    try {
      JsonNode data = vector.get(side);
      Map<String, String> features = recordedFeatures(vector, data);
      String password = vector.path("password").asText("");
      byte[] privateKey = new byte[32];
      for (JsonNode pair : vector.path("keyPairs")) {
        String publicKey = pair.get("public").asText();
        if (data.get("writes").get(1).asText().contains(publicKey)
            || publicKey.equals(features.get(MeshProtocol.PUBLIC_KEY))) {
          privateKey = TestVectors.bytes(pair.get("private").asText());
        }
      }
      data.get("features")
          .properties()
          .forEach(entry -> features.putIfAbsent(entry.getKey(), entry.getValue().asText()));
      MeshConnectionParameters parameters =
          LinkEnd.parameters(
              data.get("minVersion").asInt(),
              Math.min(2, data.get("maxVersion").asInt()),
              password.isEmpty() ? null : password,
              features);
      long connectionId = Long.parseUnsignedLong(data.get("features").get("ConnID").asText());
      return new LinkEnd(
          parameters, side.equals("initiator"), LinkEnd.scripted(connectionId, privateKey));
    } catch (MeshFaultException | GobException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, String> recordedFeatures(JsonNode vector, JsonNode data)
      throws MeshFaultException, GobException {
    JsonNode writes = data.get("writes");
    byte[] gob;
    if (vector.get("negotiatedVersion").asInt() == 1) {
      gob = TestVectors.bytes(writes.get(1).asText() + writes.get(2).asText());
    } else {
      byte[] framed = TestVectors.bytes(writes.get(2).asText());
      gob = Arrays.copyOfRange(framed, 4, framed.length);
      if (vector.hasNonNull("sessionKey")) {
        byte[] key = TestVectors.bytes(vector.get("sessionKey").asText());
        Sealing sealing = new Sealing(key, !data.get("outbound").asBoolean());
        gob = Arrays.copyOfRange(gob, sealing.open(gob, 0, gob.length), gob.length);
      }
    }
    return FeatureMap.fromGob(new GobReader(gob).read(FeatureMap.TYPE));
  }

  private static List<String> plainMessages(JsonNode vector, String from) {
    List<String> messages = new ArrayList<>();
    for (JsonNode message : vector.get("messagesAfterIntro")) {
      if (message.get("from").asText().equals(from)) {
        messages.add(message.get("plain").asText());
      }
    }
    return messages;
  }

  private static List<String> encoded(List<MeshMessage> messages) {
    return messages.stream()
        .map(message -> HexFormat.of().formatHex(MessageCodec.encode(message)))
        .toList();
  }

  private static Map<String, String> asMap(JsonNode node) {
    Map<String, String> map = new HashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }
}
