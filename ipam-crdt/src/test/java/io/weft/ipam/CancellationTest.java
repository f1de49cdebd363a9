package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.channel.GossipException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Clients that go away: no address is kept for them, and none taken from anybody else. */
class CancellationTest {
  private static final Cidr FIRST = Cluster.cidr("10.32.0.1/24");

  private final SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
  private boolean isGone;

  private Operation allocate(Answer answer) {
    Patience patience = Patience.until(() -> isGone);
    return node.allocator.allocate("c", SingleNode.UNIVERSE, false, patience, answer);
  }

  private void receiveRing() throws GossipException {
    Ring ring =
        Ring.seeded(SingleNode.UNIVERSE.range(), SingleNode.OTHER, List.of(SingleNode.SELF));
    node.allocator.onBroadcast(
        SingleNode.OTHER, GossipStateCodec.encode(new GossipState(1, Map.of(), null, ring)));
  }

  @Test
  void nothingIsTakenForAClientThatIsGone() throws GossipException {
    Answer gone = new Answer();
    Answer waiting = new Answer();
    allocate(gone);
    node.allocator.claim("d", FIRST, false, false, Patience.until(() -> isGone), new Answer());
    node.allocator.allocate("e", SingleNode.UNIVERSE, false, waiting);
    isGone = true;
    receiveRing();
    assertTrue(gone.isCancelled());
    assertEquals(FIRST, waiting.cidr());
    assertEquals(List.of("e"), List.copyOf(node.allocator.list().keySet()));
  }

  @Test
  void anAddressIsGivenBackWhenNoAnswerWithItHasArrived() throws GossipException {
    Answer one = new Answer();
    Answer two = new Answer();
    Operation first = allocate(one);
    Operation second = allocate(two);
    receiveRing();
    assertEquals(FIRST, one.cidr());
    assertEquals(FIRST, two.cidr());
    first.undelivered();
    first.undelivered();
    assertEquals(List.of(FIRST), node.allocator.lookup("c", SingleNode.UNIVERSE));
    second.undelivered();
    assertEquals(Map.of(), node.allocator.list());
    assertEquals(Map.of(), node.lastStored().owned());
  }

  @Test
  void anAddressThatSomebodyHasIsNotGivenBack() throws GossipException {
    receiveRing();
    allocate(new Answer());
    allocate(new Answer()).undelivered();
    assertEquals(List.of(FIRST), node.allocator.lookup("c", SingleNode.UNIVERSE));
    node.allocator.close();
    SingleNode restarted = SingleNode.started(new BootstrapMode.Observer(), node.lastStored());
    restarted.allocator.allocate("c", SingleNode.UNIVERSE, false, new Answer()).undelivered();
    assertEquals(List.of(FIRST), restarted.allocator.lookup("c", SingleNode.UNIVERSE));
  }

  @Test
  void aLateLossDoesNotTakeBackWhatWasFreedAndGivenOutAgain() throws Exception {
    receiveRing();
    Operation late = allocate(new Answer());
    node.allocator.release("c");
    node.allocator.claim("c", FIRST, false, false, new Answer());
    late.undelivered();
    assertEquals(List.of(FIRST), node.allocator.lookup("c", SingleNode.UNIVERSE));
  }

  @Test
  void aClaimWhoseAnswerWasLostIsGivenBack() throws GossipException {
    receiveRing();
    Operation claim = node.allocator.claim("c", FIRST, false, false, new Answer());
    claim.undelivered();
    assertEquals(Map.of(), node.allocator.list());
  }

  @Test
  void aClaimThatWasAnsweredEarlyIsGivenUpWhenThatAnswerWasLost() throws GossipException {
    node.allocator.claim("c", FIRST, false, true, new Answer()).undelivered();
    Operation other =
        node.allocator.claim("d", Cluster.cidr("10.32.0.2/24"), false, true, new Answer());
    assertEquals(1, node.allocator.status().pendingClaims().size());
    receiveRing();
    assertEquals(List.of("d"), List.copyOf(node.allocator.list().keySet()));
    other.undelivered();
    assertEquals(Map.of(), node.allocator.list());
  }

  @Test
  void anAnsweredClaimOfOneAddressEndsWithItsReleaseAndLeavesTheOthers() throws Exception {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    for (String claimed : List.of("10.32.0.9/24", "10.32.0.10/24")) {
      node.allocator.claim("a", Cluster.cidr(claimed), false, true, new Answer());
    }
    node.allocator.claim("_", Cluster.cidr("10.32.0.11/24"), false, true, new Answer());
    node.allocator.release("a", Cluster.cidr("10.32.0.9/24").address());
    node.allocator.release("10.32.0.11", Cluster.cidr("10.32.0.11/24").address());
    assertEquals(
        List.of("10.32.0.10/24"),
        node.allocator.status().pendingClaims().stream()
            .map(claim -> claim.cidr().toString())
            .toList());
    assertThrows(
        IpamException.class,
        () -> node.allocator.release("a", Cluster.cidr("10.32.0.9/24").address()));
  }
}
