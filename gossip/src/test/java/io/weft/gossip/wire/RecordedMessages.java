package io.weft.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What recorded Weave Net routers said to one another, decoded; for the tests of other modules. */
public final class RecordedMessages {
  private static final int PORT = 6783;

  private RecordedMessages() {}

  /** A message, and the neighbour it came from. */
  public record Said(PeerName from, MeshMessage message) {}

  /**
   * Every message of a recording, opened with its keys where it is sealed; one direction of a
   * connection after the other, each in its order.
   */
  public static List<Said> of(String recording) {
    List<Said> all = new ArrayList<>();
    for (Capture.Connection connection : Capture.connections(recording, PORT)) {
      for (boolean fromDialler : new boolean[] {true, false}) {
        LinkEnd end = replay(recording, connection, fromDialler, 1_460);
        Handshaken handshaken = end.handshaken;
        if (handshaken == null || end.closeReason != null) {
          throw new IllegalStateException(recording + " is not understood: " + end.closeReason);
        }
        end.messages.forEach(message -> all.add(new Said(handshaken.features().name(), message)));
      }
    }
    return all;
  }

  /** What one side said, through an end that stands in for the other side. */
  static LinkEnd replay(
      String recording, Capture.Connection connection, boolean fromDialler, int pieceSize) {
    String self = fromDialler ? connection.acceptor() : connection.dialler();
    String other = fromDialler ? connection.dialler() : connection.acceptor();
    JsonNode keys = keysOf(recording, self, other);
    byte[] privateKey =
        keys == null ? new byte[32] : TestVectors.bytes(keys.get("privateKey").asText());
    String password = keys == null ? null : keys.get("password").asText();
    Capture.Stream stream = fromDialler ? connection.fromDialler() : connection.fromAcceptor();
    Capture.Stream own = fromDialler ? connection.fromAcceptor() : connection.fromDialler();
    LinkEnd end =
        new LinkEnd(
            LinkEnd.parameters(
                1, own.bytes()[6], password, LinkEnd.features("02:00:00:00:00:01", "replay")),
            !fromDialler,
            LinkEnd.scripted(1, privateKey));
    end.connection.start();
    end.receive(stream.bytes(), pieceSize);
    return end;
  }

  /** The keys of one end of a connection; null where nothing is sealed. */
  static @Nullable JsonNode keysOf(String recording, String local, String remote) {
    for (JsonNode keys : TestVectors.jsonAt("recordings/keys.json").path(recording)) {
      if (keys.get("local").asText().equals(local) && keys.get("remote").asText().equals(remote)) {
        return keys;
      }
    }
    return null;
  }

  /** What node1 of a recording reported at its end. */
  public static JsonNode report(String recording) {
    return TestVectors.jsonAt("recordings/" + recording + "-report-node1.json");
  }
}
