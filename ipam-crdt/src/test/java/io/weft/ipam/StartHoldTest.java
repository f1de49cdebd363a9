package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a router that has nothing stored waits for before it hands out addresses (ipam.md 10). */
class StartHoldTest {
  private static final PeerName THIRD = new PeerName(3);
  private static final AddressRange UNIVERSE = SingleNode.UNIVERSE.range();
  private static final List<PeerName> SEEDS = List.of(SingleNode.SELF, SingleNode.OTHER);

  private static SingleNode seeded() {
    SingleNode node = SingleNode.started(new BootstrapMode.Seed(SEEDS), null);
    node.known.add(SingleNode.OTHER);
    return node;
  }

  /** The ring of the seeds, after the first of them has written to its entry so many times. */
  private static Ring used(long version) {
    Ring ring = Ring.seeded(UNIVERSE, SingleNode.OTHER, SEEDS);
    RingEntry mine = ring.entries().getFirst();
    return new Ring(
        ring.universe(),
        ring.self(),
        List.of(mine.raisedTo(version), ring.entries().getLast()),
        ring.seeds());
  }

  private static long ringsAskedFor(SingleNode node) {
    return node.events.stream().filter(event -> event.equals("unicast 1")).count();
  }

  @Test
  void aSeededRingHandsOutNothingUntilAPeerKnowsNoMore() {
    SingleNode node = seeded();
    Answer answer = node.allocate("a");
    assertTrue(answer.isPending());
    assertEquals(
        "Withheld: waiting for a peer to confirm the ring made from its seeds",
        node.allocator.status().health().lines().getFirst());
    node.hear(used(0));
    assertEquals("10.32.0.1/24", answer.cidr().toString());
  }

  @Test
  void aSeededRingWithoutAnybodyElseIsUsedAtOnce() {
    SingleNode node = SingleNode.started(new BootstrapMode.Seed(List.of(SingleNode.SELF)), null);
    assertEquals("10.32.0.1/24", node.allocate("a").cidr().toString());
  }

  @Test
  void aSeededRingThatNobodyConfirmsIsUsedAfterTenSeconds() {
    SingleNode node = seeded();
    Answer answer = node.allocate("a");
    node.pass(9);
    assertTrue(answer.isPending());
    node.pass(6);
    assertEquals("10.32.0.1/24", answer.cidr().toString());
  }

  @Test
  void stateLostBehindASeedOptionIsLearntAsAnyOther() {
    SingleNode node = SingleNode.started(new BootstrapMode.Seed(SEEDS), null);
    node.known.addAll(List.of(SingleNode.OTHER, THIRD));
    Answer answer = node.allocate("a");
    Ring ring = used(40);
    RingEntry others = ring.entries().getLast();
    RingEntry thirds = new RingEntry(others.token() + 64, THIRD, 3, 64);
    List<RingEntry> entries =
        List.of(ring.entries().getFirst(), others.raisedTo(1).withFree(64), thirds);
    node.hear(new Ring(ring.universe(), SingleNode.OTHER, entries, SEEDS));
    node.pass(30);
    assertTrue(answer.isPending(), "the third has not said what it knows");
    assertTrue(
        node.allocator.status().health().lines().getFirst().contains("state lost, learning"),
        node.allocator.status().health().lines()::toString);
    node.hear(new Ring(ring.universe(), THIRD, entries, SEEDS));
    assertEquals("10.32.0.1/24", answer.cidr().toString());
    assertTrue(node.lastStored().ring().entries().getFirst().version() > 40 + 16);
    assertEquals(0, node.allocator.status().health().contradictions());
  }

  @Test
  void anOwnerWhoseAnswerIsLostIsAskedAgain() {
    SingleNode node = SingleNode.started(new BootstrapMode.Observer(), null);
    node.known.addAll(List.of(SingleNode.OTHER, THIRD));
    Ring ring = used(5);
    RingEntry others = ring.entries().getLast();
    node.hear(
        new Ring(
            ring.universe(),
            THIRD,
            List.of(
                ring.entries().getFirst(), new RingEntry(others.token(), SingleNode.OTHER, 1, 9)),
            SEEDS));
    assertEquals(1, ringsAskedFor(node));
    node.pass(4);
    assertEquals(1, ringsAskedFor(node));
    node.pass(16);
    assertTrue(ringsAskedFor(node) >= 3, node.events::toString);
  }

  @Test
  void whoGivesUpItsRingForOneThatKnowsItLearnsFirstWhatItOwnsThere() {
    SingleNode node = SingleNode.alone();
    node.allocator.prime(() -> {});
    node.known.addAll(List.of(SingleNode.OTHER, THIRD));
    AddressRange upper = new AddressRange(UNIVERSE.start() + 64, UNIVERSE.start() + 128);
    Ring ring =
        Ring.seeded(UNIVERSE, SingleNode.OTHER, List.of(SingleNode.OTHER, THIRD))
            .grant(upper, SingleNode.SELF)
            .raise(Set.of(upper.start()));
    node.hear(ring);
    Answer answer = node.allocate("a");
    assertTrue(answer.isPending());
    assertEquals(
        "Withheld: state lost, learning from peers what this one owned (1 not heard yet)",
        node.allocator.status().health().lines().getFirst());
    // It has given away all but four of them.
    AddressRange given = new AddressRange(upper.start(), upper.end() - 4);
    Ring own = new Ring(UNIVERSE, SingleNode.SELF, ring.entries(), ring.seeds());
    Ring later = own.grant(given, THIRD);
    node.hear(new Ring(UNIVERSE, THIRD, later.entries(), ring.seeds()));
    assertEquals("10.32.0.124/24", answer.cidr().toString());
  }

  /** A ring of others with a range that was given to us, or given back to us, at version 1. */
  private static Ring ofOthers() {
    AddressRange upper = new AddressRange(UNIVERSE.start() + 64, UNIVERSE.start() + 128);
    return Ring.seeded(UNIVERSE, SingleNode.OTHER, List.of(SingleNode.OTHER, THIRD))
        .grant(upper, SingleNode.SELF)
        .raise(Set.of(upper.start()));
  }

  /** The third knows that we have given away all but four of the addresses of {@link #ofOthers}. */
  private static void hearFromThird(SingleNode node) {
    Ring old = ofOthers();
    AddressRange given = new AddressRange(UNIVERSE.start() + 64, UNIVERSE.start() + 124);
    Ring own = new Ring(UNIVERSE, SingleNode.SELF, old.entries(), old.seeds());
    node.hear(new Ring(UNIVERSE, THIRD, own.grant(given, THIRD).entries(), old.seeds()));
  }

  /** The process ends as by kill -9 and starts again; what its mesh knows it has yet to hear. */
  private static SingleNode killed(BootstrapMode mode, SingleNode node) throws Exception {
    return SingleNode.started(mode, PersistedState.decode(node.lastStored().encode()));
  }

  /** It has lost its state and has not heard all owners when it is killed. */
  private static SingleNode killedWhileLearning() throws Exception {
    SingleNode before = SingleNode.started(new BootstrapMode.Observer(), null);
    before.known.addAll(List.of(SingleNode.OTHER, THIRD));
    before.hear(ofOthers());
    return killed(new BootstrapMode.Observer(), before);
  }

  /** It has heard the old ring, and nobody but the third knows what happened since. */
  private static void assertLearnsFromThird(SingleNode node) {
    Answer answer = node.allocate("a");
    node.known.addAll(List.of(SingleNode.OTHER, THIRD));
    node.hear(ofOthers());
    assertTrue(answer.isPending(), "the third has not said what it knows");
    assertEquals(ofOthers().entries(), node.lastStored().ring().entries());
    hearFromThird(node);
    assertEquals("10.32.0.124/24", answer.cidr().toString());
    assertFalse(node.lastStored().isLearning());
    assertEquals(0, node.allocator.status().health().contradictions());
  }

  @Test
  void whoGivesUpItsRingAfterAKillRaisesNothingWhileItLearns() throws Exception {
    BootstrapMode mode = new BootstrapMode.Consensus(1);
    SingleNode before = SingleNode.alone();
    before.allocator.prime(() -> {});
    SingleNode node = killed(mode, before);
    node.known.addAll(List.of(SingleNode.OTHER, THIRD));
    node.hear(ofOthers());
    assertLearnsFromThird(node);
  }

  @Test
  void aKillAfterGivingUpTheRingDoesNotEndLearning() throws Exception {
    SingleNode before = SingleNode.alone();
    before.allocator.prime(() -> {});
    before.known.addAll(List.of(SingleNode.OTHER, THIRD));
    before.hear(ofOthers());
    SingleNode node = killed(new BootstrapMode.Consensus(1), before);
    node.pass(30);
    assertLearnsFromThird(node);
  }

  @Test
  void aKillWhileLostStateIsLearntDoesNotEndLearning() throws Exception {
    SingleNode node = killedWhileLearning();
    node.pass(30);
    assertLearnsFromThird(node);
  }

  @Test
  void aKillOfASeededRouterDoesNotConfirmItsRing() throws Exception {
    BootstrapMode mode = new BootstrapMode.Seed(SEEDS);
    SingleNode node = killed(mode, killed(mode, seeded()));
    node.known.add(SingleNode.OTHER);
    Answer answer = node.allocate("a");
    RingEntry others = used(40).entries().getLast();
    RingEntry thirds = new RingEntry(others.token() + 64, THIRD, 3, 64);
    List<RingEntry> entries =
        List.of(used(40).entries().getFirst(), others.raisedTo(1).withFree(64), thirds);
    node.known.add(THIRD);
    node.hear(new Ring(UNIVERSE, SingleNode.OTHER, entries, SEEDS));
    assertTrue(answer.isPending(), "the third has not said what it knows");
    assertEquals(entries, node.lastStored().ring().entries());
  }

  @Test
  void whoWasKilledWhileLearningAndHearsNobodyGoesOnAfterAMinute() throws Exception {
    SingleNode node = killedWhileLearning();
    Answer answer = node.allocate("a");
    node.pass(59);
    assertTrue(answer.isPending());
    node.pass(6);
    assertEquals("10.32.0.64/24", answer.cidr().toString());
    assertFalse(node.lastStored().isLearning());
  }
}
