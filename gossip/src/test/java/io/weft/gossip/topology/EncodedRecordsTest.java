package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EncodedRecordsTest {
  private final EncodedRecords records = new EncodedRecords();

  @Test
  void encodesEachVersionOfARecordOnce() throws GossipException {
    Peer peer = new Peer(new PeerName(1));
    peer.describe("host", 7, 1);
    EncodedRecord first = records.of(peer);
    assertSame(first, records.of(peer));
    peer.setVersion(2);
    EncodedRecord second = records.of(peer);
    assertNotSame(first, second);
    peer.setShortId(9);
    assertNotSame(second, records.of(peer));
    EncodedRecord third = records.of(peer);
    peer.putConnection(new Connection(new PeerName(2), "10.0.0.2:6783", true, true));
    assertNotSame(third, records.of(peer));
    PeerRecord read =
        TopologyPayload.decode(EncodedRecord.payload(List.of(records.of(peer))), _ -> true, _ -> {})
            .getFirst();
    assertEquals(2, read.version());
    assertEquals(9, read.shortId());
    assertEquals(peer.connections().toList(), read.connections().toList());
    EncodedRecord kept = records.of(peer);
    records.forget();
    assertEquals(0, records.bytes());
    assertNotSame(kept, records.of(peer));
  }

  @Test
  void ofATopologyServesEveryNeighbourUntilItIsForgotten() {
    Topology topology = new Topology(new PeerName(1), "self", 7, new Random(1), new Unheard());
    topology.merge(List.of(new RecordUpdate(record(2, 1), null)));
    Set<PeerName> all = Set.of(new PeerName(1), new PeerName(2));
    List<byte[]> toOne = topology.encode(all);
    long kept = topology.encodedBytes();
    assertTrue(kept > 0, "nothing is kept for the next neighbour");
    assertArrayEquals(toOne.getFirst(), topology.encode(all).getFirst());
    assertEquals(kept, topology.encodedBytes(), "once for each version");
    topology.merge(List.of(new RecordUpdate(record(2, 2), null)));
    topology.encode(all);
    assertEquals(kept, topology.encodedBytes(), "the later version has the place of the earlier");
    topology.forgetEncoded();
    assertEquals(0, topology.encodedBytes());
  }

  private static PeerRecord record(long name, long version) {
    ConnectionList.Builder connections = new ConnectionList.Builder();
    connections.add(1, "10.0.0.1:6783", true, true);
    return new PeerRecord(new PeerName(name), "host", 9, version, 5, connections.build());
  }

  @Test
  void keepsOnlySoManyBytes() {
    List<Peer> peers = new ArrayList<>();
    long needed = 0;
    for (int number = 1; needed <= 2 * EncodedRecords.MAX_BYTES; number++) {
      Peer peer = connected(number, 2_000);
      peers.add(peer);
      needed += records.of(peer).size();
      assertTrue(records.bytes() <= EncodedRecords.MAX_BYTES, "kept: " + records.bytes());
    }
    assertTrue(records.bytes() > EncodedRecords.MAX_BYTES / 2, "kept: " + records.bytes());
    assertSame(records.of(peers.getFirst()), records.of(peers.getFirst()));
    assertNotSame(records.of(peers.getLast()), records.of(peers.getLast()));
    // What has changed takes its old place, and one that became too large none.
    Peer first = peers.getFirst();
    long before = records.bytes();
    first.setVersion(99);
    records.of(first);
    assertTrue(records.bytes() <= before + 2 * Long.BYTES, "kept: " + records.bytes());
    first.replaceConnections(ConnectionList.NONE);
    assertSame(records.of(first), records.of(first));
    assertTrue(records.bytes() < before, "kept: " + records.bytes());
  }

  private static Peer connected(int number, int connections) {
    Peer peer = new Peer(new PeerName(number));
    peer.describe("host", 7, 1);
    List<Connection> list = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      list.add(new Connection(new PeerName(1_000_000 + i), "10.0.0.2:6783", true, true));
    }
    peer.replaceConnections(list);
    return peer;
  }
}
