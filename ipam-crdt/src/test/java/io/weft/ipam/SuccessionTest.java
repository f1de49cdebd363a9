package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SuccessionTest {
  private static final PeerName REBORN = new PeerName(3);

  @Test
  void aNicknameMeansTheOwnerThatIsGoneAndNotTheOneThatHasItNow() throws Exception {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    PeerName gone = new PeerName(9);
    node.known.add(REBORN);
    node.hear(
        Ring.seeded(SingleNode.UNIVERSE.range(), REBORN, List.of(SingleNode.SELF, REBORN, gone)));
    node.allocator.onGossip(
        GossipStateCodec.encode(
            new GossipState(1, Map.of(REBORN, "host", gone, "host"), null, null)));
    assertEquals(64, node.allocator.takeover("host"));
    String refusal =
        String.valueOf(
            assertThrows(IpamException.class, () -> node.allocator.takeover("host")).getMessage());
    assertEquals(
        "peer 00:00:00:00:00:03(host) is still reachable: stop it before its IPs are taken over",
        refusal);
  }
}
