package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * Messages of the extension {@code delta}: what can be read says the same when it is written again,
 * what is merged leaves a table with routes, and a neighbour that asks for what it lacks then has
 * the same records.
 */
public final class DeltaFuzzTarget {
  private static final PeerName SELF = PeerName.parse("02:11:22:33:44:55");
  private static final PeerName KNOWN = PeerName.parse("0e:aa:bb:cc:dd:ee");
  private static final PeerName READER = PeerName.parse("02:11:22:33:44:66");

  private DeltaFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    DeltaMessage message;
    try {
      message = DeltaCodec.decode(input, dropped -> {});
    } catch (GossipException e) {
      return;
    }
    checkWrittenAgain(message);
    Topology table = new Topology(SELF, "fuzzed", 7, new Random(1), new Unheard());
    TopologyDelta delta = new TopologyDelta(table);
    table.merge(List.of(new RecordUpdate(known(), null)));
    switch (message) {
      case DeltaMessage.Digest digest -> delta.digest();
      case DeltaMessage.Pull pull -> delta.completeSummary();
      case DeltaMessage.Summary summary -> {
        TopologyDelta.Comparison comparison = delta.compare(summary);
        if (comparison.wanted().size() > summary.peers().size()) {
          throw new AssertionError("asks for more than there is: " + comparison);
        }
        drain(delta.changes(comparison.wanted()));
      }
      case DeltaMessage.Request request -> drain(delta.changes(request.peers()));
      case DeltaMessage.Delta changes -> delta.apply(changes);
    }
    table.routes().unicastTable();
    checkReader(table, delta);
  }

  private static PeerRecord known() {
    ConnectionList.Builder connections = new ConnectionList.Builder();
    connections.add(SELF.value(), "10.0.0.1:6783", true, true);
    return new PeerRecord(KNOWN, "known", 42, 7, 9, connections.build());
  }

  private static void checkWrittenAgain(DeltaMessage message) {
    byte[] written = DeltaCodec.encode(message);
    try {
      if (!Arrays.equals(written, DeltaCodec.encode(DeltaCodec.decode(written, dropped -> {})))) {
        throw new AssertionError("says something else when it is written again: " + message);
      }
    } catch (GossipException e) {
      throw new AssertionError("our own message is refused: " + message, e);
    }
  }

  private static void drain(Iterator<byte[]> messages) {
    messages.forEachRemaining(bytes -> {
      try {
        DeltaCodec.decode(bytes, dropped -> {});
      } catch (GossipException e) {
        throw new AssertionError("our own answer is refused", e);
      }
    });
  }

  /** A router that knows nothing asks for everything, as after a summary of ours. */
  private static void checkReader(Topology table, TopologyDelta delta) {
    Topology copy = new Topology(READER, "reader", 8, new Random(2), new Unheard());
    TopologyDelta reader = new TopologyDelta(copy);
    try {
      DeltaMessage summary = DeltaCodec.decode(delta.completeSummary(), dropped -> {});
      if (!(summary instanceof DeltaMessage.Summary versions)) {
        throw new AssertionError("no summary: " + summary);
      }
      Iterator<byte[]> answers = delta.changes(reader.compare(versions).wanted());
      while (answers.hasNext()) {
        if (DeltaCodec.decode(answers.next(), dropped -> {})
            instanceof DeltaMessage.Delta changes) {
          reader.apply(changes);
        }
      }
    } catch (GossipException e) {
      throw new AssertionError("our own message is refused", e);
    }
    for (Peer peer : table.peers()) {
      Peer there = copy.peer(peer.name());
      boolean isShared = !peer.isPlaceholder() && !peer.name().equals(READER);
      if (isShared && (there == null || there.version() != peer.version())) {
        throw new AssertionError(peer.name() + " is lost on the way");
      }
    }
  }
}
