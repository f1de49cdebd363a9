package io.weft.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import io.weft.gossip.crypto.SessionKey;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobSamples;
import io.weft.gossip.gob.GobStruct;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what Go routers said to one another through our end of the connection. */
class RecordingsTest {
  private static final int PORT = 6783;
  private static final String PASSWORD = "oracle-Passw0rd-1";

  static List<String> recordings() {
    return List.of(
        "plain-2node",
        "encrypted-2node",
        "plain-2.8-to-2.9",
        "encrypted-2.8-to-2.9",
        "trusted-subnet-2node",
        "discovery-3node",
        "chain-3node-relay",
        "chain-3node-restart",
        "pmtu-search-2node",
        "icmp-frag-needed-2node",
        "plain-protocol1",
        "encrypted-protocol1");
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void understandsEverythingGoRoutersSaid(String recording) throws GobException {
    List<Capture.Connection> connections = Capture.connections(recording, PORT);
    int complete = 0;
    for (Capture.Connection connection : connections) {
      for (boolean fromDialler : new boolean[] {true, false}) {
        for (int pieceSize : new int[] {1_460, 11}) {
          LinkEnd end = RecordedMessages.replay(recording, connection, fromDialler, pieceSize);
          assertNull(end.closeReason);
          assertNotNull(end.handshaken);
          checkListing(recording, connection, fromDialler, end);
          for (MeshMessage message : end.messages) {
            checkPayload(message);
          }
          complete++;
        }
      }
    }
    // Two directions in two ways, and the node where the capture was taken has these links.
    boolean twoLinks = recording.equals("discovery-3node") || recording.equals("chain-3node-relay");
    assertEquals(twoLinks ? 8 : 4, complete);
  }

  /**
   * In the place of either router, with its keys and its features, we write what it wrote. Only the
   * number of the feature map's type differs: each Go process counts its own types.
   */
  @ParameterizedTest
  @MethodSource("recordings")
  void writesEveryByteThatGoRoutersWrote(String recording) throws Exception {
    for (Capture.Connection connection : Capture.connections(recording, PORT)) {
      for (boolean isDialler : new boolean[] {true, false}) {
        byte[] own = (isDialler ? connection.fromDialler() : connection.fromAcceptor()).bytes();
        byte[] others = (isDialler ? connection.fromAcceptor() : connection.fromDialler()).bytes();
        String self = isDialler ? connection.dialler() : connection.acceptor();
        String other = isDialler ? connection.acceptor() : connection.dialler();
        JsonNode keys = RecordedMessages.keysOf(recording, self, other);
        int version = Math.min(own[6], others[6]);
        Announced announced = Announced.in(own, version, keys, isDialler);
        Map<String, String> features = announced.features;
        LinkEnd end =
            new LinkEnd(
                LinkEnd.parameters(
                    own[5], own[6], keys == null ? null : keys.get("password").asText(), features),
                isDialler,
                LinkEnd.scripted(
                    Long.parseUnsignedLong(features.get(MeshProtocol.CONNECTION_ID)),
                    keys == null
                        ? new byte[32]
                        : TestVectors.bytes(keys.get("privateKey").asText())));
        end.connection.start();
        end.receive(others, 1_460);
        for (MeshMessage said :
            RecordedMessages.replay(recording, connection, isDialler, 1_460).messages) {
          end.connection.send(said);
        }
        byte[] written = end.takeSent();
        String where = recording + " " + self;
        assertEquals(
            List.copyOf(features.entrySet()),
            List.copyOf(Announced.in(written, version, keys, isDialler).features.entrySet()),
            where);
        byte[] wanted = own.clone();
        System.arraycopy(
            written, announced.start, wanted, announced.start, announced.end - announced.start);
        HexFormat hex = HexFormat.of();
        assertEquals(hex.formatHex(wanted), hex.formatHex(written), where);
      }
    }
  }

  /** The feature map that an end has sent, in the order of the bytes, and where those are. */
  private record Announced(Map<String, String> features, int start, int end) {
    static Announced in(byte[] stream, int version, @Nullable JsonNode keys, boolean isDialler)
        throws GobException, MeshFaultException {
      if (version == 1) {
        int header = MeshProtocol.HEADER_BYTES;
        GobReader reader = new GobReader(stream, header, stream.length - header);
        Map<String, String> features = FeatureMap.fromGob(reader.read(FeatureMap.TYPE));
        return new Announced(features, header, reader.position());
      }
      ByteBuffer in = ByteBuffer.wrap(stream).position(MeshProtocol.HEADER_BYTES);
      int keyBytes = in.get() * SessionKey.BYTES;
      byte[] body = new byte[in.position(in.position() + keyBytes).getInt()];
      in.get(body);
      int end = in.position();
      int start = end - body.length;
      if (keys != null) {
        byte[] key = TestVectors.bytes(keys.get("sessionKey").asText());
        int plain = new Sealing(key, !isDialler).open(body, 0, body.length);
        body = Arrays.copyOfRange(body, plain, body.length);
      }
      return new Announced(
          FeatureMap.fromGob(new GobReader(body).read(FeatureMap.TYPE)), start, end);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "encrypted-2node",
    "encrypted-2.8-to-2.9",
    "trusted-subnet-2node",
    "encrypted-protocol1"
  })
  void agreesOnTheRecordedSessionKeys(String recording) {
    for (Capture.Connection connection : Capture.connections(recording, PORT)) {
      LinkEnd end = RecordedMessages.replay(recording, connection, true, 1_460);
      assertNotNull(end.handshaken);
      JsonNode keys =
          RecordedMessages.keysOf(recording, connection.acceptor(), connection.dialler());
      assertNotNull(keys);
      assertArrayEquals(
          TestVectors.bytes(keys.get("sessionKey").asText()), end.handshaken.sessionKey());
    }
  }

  @Test
  void closesOnAWrongPasswordLikeTheRecordedRouters() {
    int undecryptable = 0;
    for (Capture.Connection connection : Capture.connections("handshake-wrong-password", PORT)) {
      for (boolean fromDialler : new boolean[] {true, false}) {
        LinkEnd end =
            RecordedMessages.replay("handshake-wrong-password", connection, fromDialler, 1_460);
        assertNull(end.handshaken);
        if (end.closeReason != null) {
          assertEquals("Unable to decrypt TCP msg", end.closeReason);
          undecryptable++;
        }
      }
    }
    assertTrue(undecryptable >= 2, "sealed feature maps seen: " + undecryptable);
  }

  @Test
  void closesWhenOnlyOneSideHasAPassword() {
    for (Capture.Connection connection : Capture.connections("handshake-password-vs-none", PORT)) {
      byte[] said = connection.fromAcceptor().bytes();
      boolean theyEncrypt = said[7] == 1;
      LinkEnd end = end(2, theyEncrypt ? null : PASSWORD, true, new byte[32]);
      end.connection.start();
      end.receive(said, 1_460);
      assertEquals(
          theyEncrypt
              ? "no password specificed, but peer requested an encrypted connection"
              : "password specified, but peer requested an unencrypted connection",
          end.closeReason);
    }
  }

  private static LinkEnd end(
      int highestVersion, @Nullable String password, boolean outbound, byte[] privateKey) {
    Map<String, String> features = LinkEnd.features("02:00:00:00:00:01", "replay");
    return new LinkEnd(
        LinkEnd.parameters(1, highestVersion, password, features),
        outbound,
        LinkEnd.scripted(1, privateKey));
  }

  /** The listing of the recording names each message that one side sent, with its size. */
  private static void checkListing(
      String recording, Capture.Connection connection, boolean fromDialler, LinkEnd end) {
    String from = fromDialler ? connection.dialler() : connection.acceptor();
    String to = fromDialler ? connection.acceptor() : connection.dialler();
    String listing =
        new String(
            TestVectors.resource("recordings/" + recording + "-packets.txt"),
            StandardCharsets.UTF_8);
    if (recording.endsWith("protocol1")) {
      assertTrue(end.messages.size() >= 8, "messages: " + end.messages.size());
      return;
    }
    List<String> expected =
        listing
            .lines()
            .filter(line -> line.contains(from + " > " + to + "  "))
            .map(line -> line.substring(line.indexOf("  ", line.indexOf(" > ")) + 2))
            .filter(text -> text.matches("(Gossip|Overlay|Heartbeat).*"))
            .sorted()
            .toList();
    assertEquals(expected, end.messages.stream().map(RecordingsTest::listed).sorted().toList());
  }

  private static String listed(MeshMessage message) {
    int size = MessageCodec.encode(message).length;
    return switch (message) {
      case MeshMessage.Gossip m -> "Gossip %s (%d)".formatted(m.channel(), size);
      case MeshMessage.GossipUnicast m -> "GossipUnicast %s (%d)".formatted(m.channel(), size);
      case MeshMessage.GossipBroadcast m -> "GossipBroadcast %s (%d)".formatted(m.channel(), size);
      case MeshMessage.Heartbeat m -> "Heartbeat (%d)".formatted(size);
      case MeshMessage.OverlayControl m -> {
        StringBuilder text =
            new StringBuilder("OverlayControlMsg %02x%02x".formatted(m.index(), m.subTag()));
        for (byte octet : m.body()) {
          text.append("%02x".formatted(octet));
        }
        yield text.append(" (%d)".formatted(size)).toString();
      }
      default -> message.toString();
    };
  }

  private static void checkPayload(MeshMessage message) throws GobException {
    switch (message) {
      case MeshMessage.Gossip m -> checkState(m.channel(), m.payload());
      case MeshMessage.GossipBroadcast m -> checkState(m.channel(), m.payload());
      case MeshMessage.GossipUnicast m -> {
        assertEquals("IPallocation", m.channel());
        byte[] payload = m.payload();
        GobReader reader = new GobReader(payload, 1, payload.length - 1);
        reader.readStruct(payload[0] == 1 ? GobSamples.ipamState("mesh") : GobSamples.RANGE);
        assertTrue(reader.atEnd());
      }
      case MeshMessage.Extension m -> throw new AssertionError("no extension was announced");
      case MeshMessage.Unknown m -> throw new AssertionError("unknown tag " + m.tag());
      default -> assertNotNull(message);
    }
  }

  private static void checkState(String channel, byte[] payload) throws GobException {
    GobReader reader = new GobReader(payload);
    switch (channel) {
      case "topology" -> {
        while (!reader.atEnd()) {
          GobStruct peer = reader.readStruct(GobSamples.PEER);
          assertTrue(PeerName.ofBytes(peer.bytes("NameByte")).toString().startsWith("7a:00:00"));
          reader.readSlice(GobSamples.CONNECTIONS);
        }
      }
      case "IPallocation" -> assertTrue(reader.readStruct(GobSamples.ipamState("mesh")).has("Now"));
      case "nameserver" -> assertTrue(reader.readStruct(GobSamples.DNS).has("Timestamp"));
      default -> throw new AssertionError("unknown channel " + channel);
    }
    assertTrue(reader.atEnd());
  }
}
