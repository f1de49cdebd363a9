package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedRecordTest {
  @Test
  void encodesEachVersionOfARecordOnce() throws GossipException {
    Peer peer = new Peer(new PeerName(1));
    peer.describe("host", 7, 1);
    EncodedRecord first = peer.encoded();
    assertSame(first, peer.encoded());
    peer.setVersion(2);
    EncodedRecord second = peer.encoded();
    assertNotSame(first, second);
    peer.setShortId(9);
    assertNotSame(second, peer.encoded());
    EncodedRecord third = peer.encoded();
    peer.putConnection(new Connection(new PeerName(2), "10.0.0.2:6783", true, true));
    assertNotSame(third, peer.encoded());
    PeerRecord read =
        TopologyPayload.decode(TopologyPayload.encodeAll(List.of(peer)), _ -> true, _ -> {})
            .getFirst();
    assertEquals(2, read.version());
    assertEquals(9, read.shortId());
    assertEquals(peer.connections().toList(), read.connections().toList());
    EncodedRecord kept = peer.encoded();
    peer.forgetEncoded();
    assertNotSame(kept, peer.encoded());
  }
}
