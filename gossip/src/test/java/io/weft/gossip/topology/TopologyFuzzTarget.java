package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Topology payloads: a refused one changes nothing, an accepted one leaves a table that has routes,
 * that others can read and that says the same to them.
 */
public final class TopologyFuzzTarget {
  private static final PeerName SELF = PeerName.parse("02:11:22:33:44:55");
  private static final PeerName OTHER = PeerName.parse("02:11:22:33:44:66");

  private TopologyFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    Topology table = table(SELF);
    byte[] before = encoded(table);
    try {
      table.merge(input);
    } catch (GossipException e) {
      if (!Arrays.equals(before, encoded(table))) {
        throw new AssertionError("a refused payload has changed the table", e);
      }
      return;
    }
    table.routes().unicastTable();
    Topology reader = table(OTHER);
    try {
      for (byte[] payload : table.encode(table.names())) {
        reader.merge(payload);
      }
    } catch (GossipException e) {
      throw new AssertionError("our own payload is refused", e);
    }
    for (Peer peer : table.peers()) {
      Peer copy = reader.peer(peer.name());
      boolean isOwn = peer.name().equals(OTHER) || peer.name().equals(SELF);
      if (!isOwn && (copy == null || copy.version() != peer.version())) {
        throw new AssertionError(peer.name() + " is lost on the way");
      }
    }
    table.collectGarbage();
    if (table.peer(SELF) == null) {
      throw new AssertionError("we have collected ourselves");
    }
  }

  private static byte[] encoded(Topology table) {
    List<byte[]> payloads = table.encode(table.names());
    return payloads.getFirst();
  }

  private static Topology table(PeerName self) {
    return new Topology(self, "fuzzed", 7, new Random(1), new Unheard());
  }
}
