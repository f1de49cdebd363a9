package io.weft.gossip.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gossip.PeerName;
import io.weft.gossip.TestVectors;
import java.util.ArrayList;
import java.util.List;

/** What recorded Weave Net routers said to one another, decoded; for the tests of other modules. */
public final class RecordedMessages {
  private static final int PORT = 6783;

  private RecordedMessages() {}

  /** A message, and the neighbour it came from. */
  public record Said(PeerName from, MeshMessage message) {}

  /**
   * Every message of an unencrypted recording; one direction of a connection after the other, each
   * in its order.
   */
  public static List<Said> of(String recording) {
    List<Said> all = new ArrayList<>();
    for (Capture.Connection connection : Capture.connections(recording, PORT)) {
      for (boolean fromDialler : new boolean[] {true, false}) {
        Capture.Stream said = fromDialler ? connection.fromDialler() : connection.fromAcceptor();
        Capture.Stream own = fromDialler ? connection.fromAcceptor() : connection.fromDialler();
        LinkEnd end =
            new LinkEnd(
                LinkEnd.parameters(
                    1, own.bytes()[6], null, LinkEnd.features("02:00:00:00:00:01", "replay")),
                !fromDialler,
                LinkEnd.scripted(1));
        end.connection.start();
        end.receive(said.bytes(), 1_460);
        Handshaken handshaken = end.handshaken;
        if (handshaken == null || end.closeReason != null) {
          throw new IllegalStateException(recording + " is not understood: " + end.closeReason);
        }
        end.messages.forEach(message -> all.add(new Said(handshaken.features().name(), message)));
      }
    }
    return all;
  }

  /** What node1 of a recording reported at its end. */
  public static JsonNode report(String recording) {
    return TestVectors.jsonAt("recordings/" + recording + "-report-node1.json");
  }
}
