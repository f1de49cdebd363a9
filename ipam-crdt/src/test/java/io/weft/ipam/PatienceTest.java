package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.channel.GossipException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests that nobody can serve: when they end, and what they say. */
class PatienceTest {
  private static final Patience HALF_A_MINUTE = Patience.ENDLESS.atMost(Duration.ofSeconds(30));
  private static final Cidr OTHERS = Cluster.cidr("10.32.0.200/24");

  private static Answer allocate(SingleNode node, String ident, Patience patience) {
    Answer answer = new Answer();
    node.allocator.allocate(ident, SingleNode.UNIVERSE, false, patience, answer);
    return answer;
  }

  private static Answer allocate(SingleNode node, String ident, Cidr subnet) {
    Answer answer = new Answer();
    node.allocator.allocate(ident, subnet, false, HALF_A_MINUTE, answer);
    return answer;
  }

  private static Answer claim(SingleNode node, boolean noErrorOnUnknown, Patience patience) {
    Answer answer = new Answer();
    node.allocator.claim("d", OTHERS, false, noErrorOnUnknown, patience, answer);
    return answer;
  }

  /** A node that has given out all of its half. */
  private static SingleNode full() {
    SingleNode node = SingleNode.shared();
    for (int i = 1; i < 128; i++) {
      node.allocate("c" + i).cidr();
    }
    return node;
  }

  private static void denied(SingleNode node, AddressRange range) throws GossipException {
    byte[] body = RingGob.encodeRange(range);
    byte[] payload = new byte[body.length + 1];
    payload[0] = IpamProtocol.TAG_SPACE_DENIED;
    System.arraycopy(body, 0, payload, 1, body.length);
    node.allocator.onUnicast(SingleNode.OTHER, payload);
  }

  @Test
  void anAllocationThatMayNotWaitLongerSaysWhoOwnsWhatAndWhoElseWaits() {
    SingleNode node = full();
    node.known.remove(SingleNode.OTHER);
    Answer answer = allocate(node, "late", HALF_A_MINUTE);
    Answer other = allocate(node, "other", Patience.ENDLESS);
    node.pass(29);
    assertEquals(
        List.of("Waiting: 2 requests, the first for 29s: 1 of 2 owners unreachable"),
        node.allocator.status().health().lines());
    assertTrue(answer.isPending());
    node.pass(1);
    assertEquals(
        """
        no free address in 10.32.0.0/24 after 30s: 1 of 2 owners unreachable
        00:00:00:00:00:01(one) owns 128, 0 free
        00:00:00:00:00:02 owns 128, 127 free as last reported, unreachable
        waiting: other 10.32.0.0/24\
        """,
        answer.explanation());
    assertTrue(other.isPending());
  }

  @Test
  void nothingIsAllocatedForARequestThatHasEnded() throws IpamException {
    SingleNode node = full();
    node.known.remove(SingleNode.OTHER);
    Answer answer = allocate(node, "late", HALF_A_MINUTE);
    node.pass(30);
    answer.explanation();
    assertEquals(128, node.allocator.takeover(SingleNode.OTHER.toString()));
    assertFalse(node.allocator.list().containsKey("late"));
  }

  @Test
  void theCoreAsksToBeWokenForTheLimit() {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    allocate(node, "a", Patience.ENDLESS.atMost(Duration.ofSeconds(1)));
    assertEquals(Duration.ofSeconds(1).toNanos(), node.allocator.nextDeadlineNanos());
    node.pass(1);
    assertEquals(Duration.ofSeconds(5).toNanos(), node.allocator.nextDeadlineNanos());
  }

  @Test
  void withoutARingItSaysHowFarTheAgreementHasCome() {
    SingleNode node = SingleNode.started(new BootstrapMode.Consensus(3), null);
    node.unconnected.add("192.0.2.7:6783 retrying no route to host");
    Answer answer = new Answer();
    node.allocator.prime(Patience.ENDLESS.atMost(Duration.ofSeconds(90)), answer);
    Answer observed = allocate(node, "c", HALF_A_MINUTE);
    node.pass(90);
    assertEquals(
        """
        no address space after 1m30s: awaiting consensus (quorum: 2, known: 1)
        not connected: 192.0.2.7:6783 retrying no route to host\
        """,
        answer.explanation());
    assertEquals(
        "no free address in 10.32.0.0/24 after 30s: awaiting consensus (quorum: 2, known: 1)",
        observed.explanation().lines().findFirst().orElseThrow());
  }

  @Test
  void aClaimSaysWhoseAddressItIs() {
    SingleNode node = SingleNode.shared();
    Answer unanswered = claim(node, false, HALF_A_MINUTE);
    node.pass(30);
    assertEquals(
        """
        cannot claim 10.32.0.200/24 after 30s: its owner 00:00:00:00:00:02 has not answered
        00:00:00:00:00:02 owns 1, 1 free as last reported\
        """,
        unanswered.explanation());
    node.known.remove(SingleNode.OTHER);
    Answer unreachable = claim(node, false, Patience.ENDLESS.atMost(Duration.ofSeconds(3)));
    node.pass(3);
    assertTrue(
        unreachable.explanation().contains("its owner 00:00:00:00:00:02 is unreachable"),
        unreachable.explanation());
  }

  @Test
  void aClaimThatWasAnsweredEarlyGoesOnBeyondItsLimit() throws GossipException {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    assertEquals(OTHERS, claim(node, true, HALF_A_MINUTE).cidr());
    node.pass(60);
    assertEquals(1, node.allocator.status().pendingClaims().size());
    SingleNode shared = SingleNode.shared();
    Answer reachable = claim(shared, true, HALF_A_MINUTE);
    shared.known.remove(SingleNode.OTHER);
    shared.pass(60);
    assertEquals(OTHERS, reachable.cidr());
    assertEquals(1, shared.allocator.status().pendingClaims().size());
  }

  @Test
  void aFullSpaceEndsARequestWithoutLimitAfterTenMinutes() throws GossipException {
    SingleNode node = full();
    Answer early = allocate(node, "early", Patience.ENDLESS);
    node.pass(60);
    denied(node, SingleNode.UNIVERSE.range());
    node.pass(300);
    Answer late = allocate(node, "late", Patience.ENDLESS);
    node.pass(295);
    assertTrue(early.isPending());
    node.pass(15);
    assertEquals(
        "no free address in 10.32.0.0/24 after 11m5s: its owners have given us none",
        early.explanation().lines().findFirst().orElseThrow());
    assertTrue(late.isPending());
    node.pass(300);
    assertFalse(late.isPending());
    assertEquals(List.of(), node.allocator.status().pendingAllocates());
  }

  @Test
  void aPeerThatHasNotAnsweredMayStillHaveSpace() throws GossipException {
    SingleNode node = full();
    Answer answer = allocate(node, "c", Patience.ENDLESS);
    denied(node, AddressRange.single(OTHERS.address()));
    node.pass(3_600);
    assertTrue(answer.isPending());
  }

  /** The other owner says how much it has free. */
  private static void report(SingleNode node, long free) throws GossipException {
    Ring ring = node.lastStored().ring();
    RingEntry others = ring.entries().getLast();
    Ring used =
        new Ring(
            ring.universe(),
            SingleNode.OTHER,
            List.of(ring.entries().getFirst(), others.withOwner(others.peer(), 1).withFree(free)),
            ring.seeds());
    node.allocator.onBroadcast(
        SingleNode.OTHER, GossipStateCodec.encode(new GossipState(1, Map.of(), null, used)));
  }

  @Test
  void aRingWithoutFreeAddressesIsFull() throws GossipException {
    SingleNode node = full();
    report(node, 0);
    Answer answer = allocate(node, "c", Patience.ENDLESS);
    node.pass(599);
    assertTrue(answer.isPending());
    node.pass(6);
    assertTrue(answer.explanation().contains("00:00:00:00:00:02 owns 128, 0 free"));
  }

  @Test
  void theFirstAndTheLastAddressOfASubnetDoNotMakeAFullSpaceLookAsIfItHadSome()
      throws GossipException {
    SingleNode node = full();
    report(node, 1);
    Answer answer = allocate(node, "c", HALF_A_MINUTE);
    node.pass(29);
    assertEquals(
        List.of("Waiting: 1 request, the first for 29s: all in use"),
        node.allocator.status().health().lines());
    node.pass(1);
    assertEquals(
        """
        no free address in 10.32.0.0/24 after 30s: all in use
        00:00:00:00:00:01(one) owns 128, 0 free
        00:00:00:00:00:02 owns 128, 0 free as last reported\
        """,
        answer.explanation());
  }

  @Test
  void theEdgesOfASubnetWithinALargerOneMayBeInUseSoThatAllReportedMayBeFree()
      throws GossipException {
    SingleNode node = full();
    report(node, 2);
    Answer answer = allocate(node, "c", Cluster.cidr("10.32.0.160/27"));
    node.pass(30);
    assertEquals(
        """
        no free address in 10.32.0.160/27 after 30s: its owners have given us none
        00:00:00:00:00:02 owns 32, 2 free as last reported\
        """,
        answer.explanation());
  }

  @Test
  void noMoreIsSaidToBeFreeInASubnetThanItHasHostAddresses() throws GossipException {
    SingleNode node = full();
    report(node, 40);
    Answer answer = allocate(node, "c", Cluster.cidr("10.32.0.160/27"));
    node.pass(30);
    assertTrue(answer.explanation().contains("owns 32, 30 free as last reported"));
  }
}
