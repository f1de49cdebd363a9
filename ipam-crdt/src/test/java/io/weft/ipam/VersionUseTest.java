package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.channel.GossipData;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How many versions an owner uses up, so that a takeover's are not reached (ipam.md 2.3, 10). */
class VersionUseTest {
  private static long version(SingleNode node) {
    return node.lastStored().ring().entries().getFirst().version();
  }

  private static void gossip(SingleNode node) {
    GossipData state = Objects.requireNonNull(node.allocator.fullState());
    assertEquals(1, state.encode().size());
  }

  @Test
  void eachChangeCostsAVersionWhileOthersAreThere() {
    SingleNode node = SingleNode.shared();
    long before = version(node);
    for (int i = 0; i < 10; i++) {
      node.allocate("c" + i).cidr();
    }
    assertEquals(before + 10, version(node));
  }

  @Test
  void aHostThatIsCutOffUsesOneVersionForAllThatNobodyHears() {
    SingleNode node = SingleNode.shared();
    node.known.remove(SingleNode.OTHER);
    gossip(node);
    long before = version(node);
    for (int i = 0; i < 100; i++) {
      node.allocate("c" + i).cidr();
    }
    assertEquals(before + 1, version(node));
    assertEquals(28, node.lastStored().ring().entries().getFirst().free());
  }

  @Test
  void whatHasLeftIsNeverChangedUnderTheSameVersion() {
    SingleNode node = SingleNode.shared();
    node.known.remove(SingleNode.OTHER);
    gossip(node);
    long before = version(node);
    for (int i = 0; i < 10; i++) {
      node.allocate("c" + i).cidr();
      gossip(node);
    }
    assertEquals(before + 10, version(node));
  }

  @Test
  void aChangeThatWaitsForTheDiskIsNotSentUnderAVersionThatLeavesMeanwhile() {
    SingleNode node = SingleNode.shared();
    node.known.remove(SingleNode.OTHER);
    gossip(node);
    node.allocate("a").cidr();
    long before = version(node);
    node.isPostponing = true;
    node.allocate("b");
    gossip(node);
    node.postponed.run();
    assertEquals(before + 1, version(node));
  }

  @Test
  void restartsOfAHostThatIsCutOffSkipNothingUntilSomebodyIsHeard() {
    SingleNode node = SingleNode.shared();
    node.allocate("a").cidr();
    long before = version(node);
    for (int i = 0; i < 20; i++) {
      node = SingleNode.started(new BootstrapMode.Consensus(2), node.lastStored());
      node.pass(10);
    }
    assertEquals(before, version(node));
    node.known.add(SingleNode.OTHER);
    List<RingEntry> stored = node.lastStored().ring().entries();
    node.hearFromOther(node.lastStored().ring());
    assertEquals(before + 16, version(node));
    assertEquals(stored.getLast(), node.lastStored().ring().entries().getLast());
    node.hearFromOther(node.lastStored().ring());
    assertEquals(before + 16, version(node), "once in a life");
  }
}
