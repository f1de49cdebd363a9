package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.gob.GobException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Many disputes with an owner that does not answer. */
class DisputeDeskTest {
  @Test
  void noDisputeKeepsAnotherFromBeingAskedAbout() throws GobException {
    Map<String, OwnedAddresses> owned = new HashMap<>();
    Set<Long> disputed = new TreeSet<>();
    for (int i = 1; i <= 200; i++) {
      Cidr cidr = Cluster.cidr("10.32.0.%d/24".formatted(i));
      owned.put("c" + i, new OwnedAddresses(false, List.of(cidr)));
      disputed.add(cidr.address());
    }
    Ring theirs =
        Ring.seeded(SingleNode.UNIVERSE.range(), SingleNode.SELF, List.of(SingleNode.OTHER));
    SingleNode node =
        SingleNode.started(
            new BootstrapMode.Observer(),
            new PersistedState(
                SingleNode.SELF, theirs, owned, Optional.empty(), Map.of(), Map.of(), false, true));
    node.known.add(SingleNode.OTHER);
    node.pass(30);
    Set<Long> asked = new TreeSet<>();
    for (byte[] payload : node.unicasts) {
      if (payload[0] == IpamProtocol.TAG_SPACE_REQUEST) {
        asked.add(RingGob.decodeRange(payload, 1).start());
      }
    }
    assertEquals(disputed, asked);
  }
}
