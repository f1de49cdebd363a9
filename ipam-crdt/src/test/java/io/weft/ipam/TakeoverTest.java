package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The space of vanished peers goes to one taker, whoever asks and however often. */
class TakeoverTest {
  private static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/16");
  private static final long MINUTE = 60 * Cluster.SECOND;

  private static Cluster cluster(long seed, int size) {
    return cluster(seed, size, Reclaiming.NEVER);
  }

  private static Cluster cluster(long seed, int size, Reclaiming reclaiming) {
    List<PeerName> names = new ArrayList<>();
    IntStream.rangeClosed(1, size).forEach(number -> names.add(new PeerName(number)));
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Seed(names));
    cluster.hasTakeoverChannel = true;
    cluster.reclaiming = reclaiming;
    cluster.addAll(size);
    cluster.run(5 * MINUTE);
    return cluster;
  }

  private static List<TakeoverResult> takeOver(Cluster.Node node, String victim) {
    List<TakeoverResult> results = new ArrayList<>();
    try {
      node.allocator.agreedTakeover(victim, results::add);
    } catch (IpamException e) {
      throw new IllegalStateException(e);
    }
    return results;
  }

  private static String failure(List<TakeoverResult> results) {
    assertEquals(1, results.size(), results::toString);
    return assertInstanceOf(TakeoverResult.Failed.class, results.getFirst()).message();
  }

  private static boolean isOwner(Cluster.Node seenBy, int number) {
    return seenBy.allocator.status().owners().stream()
        .anyMatch(owner -> owner.peer().equals(new PeerName(number)));
  }

  @Test
  void theLastOneOfTwoTakesOverAtOnce() {
    Cluster cluster = cluster(1, 2);
    cluster.node(2).isUp = false;
    assertEquals(List.of(new TakeoverResult.Taken(32768)), takeOver(cluster.node(1), "host2"));
    assertEquals(List.of(new TakeoverResult.Taken(0)), takeOver(cluster.node(1), "host2"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void ofTwoAtTheSameMomentOneTakesOver(long seed) {
    Cluster cluster = cluster(seed, 5);
    cluster.lossRate = seed % 2 == 0 ? 0.2 : 0;
    cluster.maxDelayNanos = Cluster.SECOND / 5;
    cluster.node(5).isUp = false;
    List<TakeoverResult> first = takeOver(cluster.node(1), "host5");
    List<TakeoverResult> second = takeOver(cluster.node(3), "host5");
    cluster.run(11 * Cluster.SECOND);
    assertEquals(1, first.size(), "seed " + seed);
    assertEquals(1, second.size(), "seed " + seed);
    long takers =
        IntStream.rangeClosed(1, 4)
            .filter(number ->
                cluster.node(number).allocator.status().owners().getFirst().addresses()
                    > UNIVERSE.size() / 4)
            .count();
    assertEquals(1, takers, () -> "seed " + seed + ": " + first + " " + second);
    cluster.lossRate = 0;
    cluster.run(5 * MINUTE);
    IntStream.rangeClosed(1, 4)
        .forEach(number -> assertFalse(isOwner(cluster.node(number), 5), "seed " + seed));
    IntStream.rangeClosed(1, 4)
        .forEach(number ->
            assertEquals(
                IpamStatus.Health.GOOD.lines(),
                cluster.node(number).allocator.status().health().lines()));
    assertEquals(List.of(), cluster.refusals);
  }

  @Test
  void aMinorityTakesNothingUnlessForced() throws IpamException {
    Cluster cluster = cluster(9, 5);
    Cluster.Node one = cluster.node(1);
    cluster.partition(Map.of(one, 1, cluster.node(2), 1));
    List<TakeoverResult> results = takeOver(one, "host5");
    cluster.run(5 * Cluster.SECOND);
    assertEquals(List.of(), results);
    cluster.run(6 * Cluster.SECOND);
    assertEquals(
        "3 of 4 owners must agree before 00:00:00:00:00:05(host5) is taken over: no answer from"
            + " 00:00:00:00:00:03(host3), 00:00:00:00:00:04(host4). force=true takes over without"
            + " agreement; do so on one peer only",
        failure(results));
    assertTrue(one.allocator.takeover("host5") > 0);
  }

  @Test
  void whoIsReachableFromAVoterIsNotTakenOver() {
    Cluster cluster = cluster(10, 3);
    Cluster.Node one = cluster.node(1);
    one.blindTo.add(new PeerName(3));
    List<TakeoverResult> results = takeOver(one, "host3");
    cluster.run(Cluster.SECOND);
    assertTrue(
        failure(results).contains("00:00:00:00:00:02(host2) still reaches it"), results::toString);
    one.blindTo.clear();
    assertThrows(IpamException.class, () -> one.allocator.agreedTakeover("host3", results::add));
  }

  @Test
  void ownersThatDoNotSpeakTheChannelAreNotCounted() {
    List<PeerName> names = List.of(new PeerName(1), new PeerName(2), new PeerName(3));
    Cluster cluster = new Cluster(11, UNIVERSE, new BootstrapMode.Seed(names));
    cluster.addAll(2);
    cluster.hasTakeoverChannel = true;
    Cluster.Node last = cluster.add(3);
    cluster.add(4);
    cluster.run(Cluster.SECOND);
    cluster.node(2).isUp = false;
    List<TakeoverResult> early = takeOver(last, "00:00:00:00:00:02");
    cluster.run(11 * Cluster.SECOND);
    assertTrue(failure(early).contains("no answer from 00:00:00:00:00:01"));
    cluster.run(5 * MINUTE);
    assertEquals(List.of(new TakeoverResult.Taken(16384)), takeOver(last, "00:00:00:00:00:02"));
  }

  @Test
  void amongWeaveNetPeersOnlyItIsTakenOverAtOnce() {
    List<PeerName> names = List.of(new PeerName(1), new PeerName(2), new PeerName(3));
    Cluster cluster = new Cluster(12, UNIVERSE, new BootstrapMode.Seed(names));
    cluster.addAll(2);
    cluster.hasTakeoverChannel = true;
    Cluster.Node last = cluster.add(3);
    cluster.run(Cluster.SECOND);
    cluster.node(2).isUp = false;
    assertEquals(List.of(new TakeoverResult.Taken(16384)), takeOver(last, "00:00:00:00:00:02"));
  }

  private static Cluster ownedBy(long seed, int size, Reclaiming reclaiming, PeerName... owners) {
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Seed(List.of(owners)));
    cluster.hasTakeoverChannel = true;
    cluster.reclaiming = reclaiming;
    cluster.addAll(size);
    cluster.run(5 * MINUTE);
    return cluster;
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53, 54})
  void ofTwoThatOwnNothingOneTakesOverFromTheOnlyOwner(long seed) {
    Cluster cluster = ownedBy(seed, 3, Reclaiming.NEVER, new PeerName(3));
    cluster.node(3).isUp = false;
    List<TakeoverResult> first = takeOver(cluster.node(1), "00:00:00:00:00:03");
    List<TakeoverResult> second = takeOver(cluster.node(2), "00:00:00:00:00:03");
    assertEquals(List.of(), first, "both must agree");
    cluster.run(11 * Cluster.SECOND);
    long takers =
        IntStream.of(1, 2).filter(number -> isOwner(cluster.node(number), number)).count();
    assertEquals(1, takers, () -> "seed " + seed + ": " + first + " " + second);
    assertEquals(1, first.size());
    assertEquals(1, second.size());
    assertEquals(List.of(), cluster.refusals);
  }

  @Test
  void whoOwnsNothingIsNoMajorityWithTheLastOwner() {
    Cluster cluster = ownedBy(55, 3, new Reclaiming(10 * MINUTE), new PeerName(2), new PeerName(3));
    cluster.partition(Map.of(cluster.node(3), 1));
    cluster.run(30 * MINUTE);
    assertTrue(isOwner(cluster.node(1), 3), "it lives and hands out addresses");
    assertTrue(isOwner(cluster.node(2), 3));
    cluster.node(2).isUp = false;
    List<TakeoverResult> results = takeOver(cluster.node(1), "00:00:00:00:00:03");
    cluster.run(11 * Cluster.SECOND);
    assertTrue(failure(results).startsWith("1 of 1 owners must agree"), results::toString);
  }

  @Test
  void whoIsMadeTheTakerByAnotherTellsItsOwnOperatorWhatItGot() throws IpamException {
    PeerName victim = new PeerName(3);
    List<PeerName> seeds = List.of(SingleNode.SELF, SingleNode.OTHER, victim);
    SingleNode node = SingleNode.started(new BootstrapMode.Seed(seeds), null);
    node.known.add(SingleNode.OTHER);
    Ring ring = Ring.seeded(SingleNode.UNIVERSE.range(), SingleNode.OTHER, seeds);
    node.hear(ring);
    node.allocator.connectTakeovers(node);
    say(node, new TakeoverMessage.Presence(List.of(SingleNode.OTHER), 0));
    List<TakeoverResult> results = new ArrayList<>();
    node.allocator.agreedTakeover(victim.toString(), results::add);
    Ballot ballot = new Ballot(2, SingleNode.OTHER);
    say(node, new TakeoverMessage.Prepare(victim, ballot, RingDigest.of(ring, victim), false));
    say(node, new TakeoverMessage.Accept(victim, ballot, SingleNode.SELF));
    assertEquals(List.of(), results);
    say(node, new TakeoverMessage.Decided(victim, ballot, SingleNode.SELF));
    assertEquals(List.of(new TakeoverResult.Taken(64)), results);
  }

  private static void say(SingleNode to, TakeoverMessage message) {
    try {
      byte[] payload = TakeoverCodec.encode(message);
      to.allocator.takeoverChannel().onUnicast(SingleNode.OTHER, payload);
    } catch (GossipException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoAsksIsAnsweredWhenThisHostStops() {
    Cluster cluster = cluster(56, 5);
    Cluster.Node one = cluster.node(1);
    cluster.partition(Map.of(one, 1));
    List<TakeoverResult> results = takeOver(one, "host5");
    assertEquals(List.of(), results);
    one.allocator.close();
    assertTrue(failure(results).startsWith("this host stops"), results::toString);
    List<TakeoverResult> others = takeOver(cluster.node(2), "host1");
    assertEquals(List.of(), others);
    cluster.node(2).allocator.shutdown();
    assertTrue(failure(others).startsWith("this host stops"), others::toString);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void votesSurviveARestart(long seed) {
    Cluster cluster = cluster(seed, 3);
    cluster.node(3).isUp = false;
    List<TakeoverResult> first = takeOver(cluster.node(1), "host3");
    cluster.run(cluster.random.nextLong(Cluster.SECOND / 20));
    cluster.node(2).restart(cluster.node(2).lastStored());
    List<TakeoverResult> second = takeOver(cluster.node(2), "host3");
    cluster.run(5 * MINUTE);
    assertEquals(1, first.size());
    assertEquals(1, second.size());
    long before = UNIVERSE.size() / 2;
    boolean hasFirst = cluster.node(1).allocator.status().owners().getFirst().addresses() > before;
    boolean hasSecond =
        cluster.node(2).allocator.status().owners().getFirst().addresses() > before / 2;
    assertEquals(
        1, (hasFirst ? 1 : 0) + (hasSecond ? 1 : 0), () -> "seed " + seed + first + second);
    assertEquals(List.of(), cluster.refusals);
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33})
  void spaceOfAPeerGoneForLongIsReclaimedWhileItHandsOutNothing(long seed) {
    Cluster cluster = cluster(seed, 3, new Reclaiming(10 * MINUTE));
    Cluster.Node victim = cluster.node(3);
    Answer used = new Answer();
    victim.allocator.allocate("used", UNIVERSE, false, used);
    cluster.partition(Map.of(victim, 1));
    cluster.run(6 * MINUTE);
    Answer fenced = new Answer();
    victim.allocator.allocate("fenced", UNIVERSE, false, fenced);
    assertTrue(fenced.isPending());
    assertEquals(
        "Withheld: most owners of the ring were not seen for half of --ipalloc-reclaim-after,"
            + " and may be taking this host's space over",
        victim.allocator.status().health().lines().getFirst());
    assertTrue(isOwner(cluster.node(1), 3), "it is not yet time");
    cluster.run(6 * MINUTE);
    assertFalse(isOwner(cluster.node(1), 3));
    assertFalse(isOwner(cluster.node(2), 3));
    assertTrue(isOwner(victim, 3), "it does not know yet");
    cluster.heal();
    cluster.run(5 * MINUTE);
    assertEquals(List.of(), cluster.refusals);
    assertFalse(fenced.isPending());
    cluster.assertSameOwners();
    assertEquals(List.of(used.cidr()), victim.allocator.lookup("used", UNIVERSE));
    for (Cluster.Node node : cluster.nodes.values()) {
      assertEquals(List.of(), node.allocator.status().health().lines());
    }
  }

  @Test
  void whatTheFenceKeepsBackEndsARequestWithoutLimitAfterTenMinutes() {
    Cluster cluster = cluster(34, 3, new Reclaiming(60 * MINUTE));
    Cluster.Node victim = cluster.node(3);
    cluster.partition(Map.of(victim, 1));
    cluster.run(31 * MINUTE);
    Answer fenced = new Answer();
    victim.allocator.allocate("fenced", UNIVERSE, false, fenced);
    Answer claimed = new Answer();
    victim.allocator.claim("claimed", Cluster.cidr("10.32.255.9/16"), false, false, claimed);
    cluster.run(9 * MINUTE);
    assertTrue(fenced.isPending());
    assertTrue(claimed.isPending());
    cluster.run(2 * MINUTE);
    for (Answer answer : List.of(fenced, claimed)) {
      String text = answer.explanation();
      assertTrue(text.contains("most owners of the ring were not seen"), text);
      assertTrue(text.contains("00:00:00:00:00:03(host3) owns "), text);
    }
  }

  /** By its own clocks, of which the monotonic one may have stood still, too. */
  @ParameterizedTest
  @CsvSource({"2400, 2400", "0, 2400", "0, 15"})
  void whoHasStoodStillServesNothingBeforeItHasLookedWhoIsThere(int seconds, int byDate) {
    Cluster cluster = cluster(35, 3, new Reclaiming(60 * MINUTE));
    Cluster.Node frozen = cluster.node(3);
    frozen.isUp = false;
    frozen.dateAheadMillis = (byDate - seconds) * 1000L;
    cluster.run(seconds * Cluster.SECOND);
    frozen.isUp = true;
    Answer first = new Answer();
    frozen.allocator.allocate("first", UNIVERSE, false, first);
    assertTrue(first.isPending(), "the others still look as they did");
    cluster.run(10 * Cluster.SECOND);
    assertTrue(first.isPending());
    cluster.run(30 * Cluster.SECOND);
    assertEquals(UNIVERSE.prefixLength(), first.cidr().prefixLength());
  }

  @Test
  void aDateThatIsCorrectedByLittleOrBackKeepsNobodyFromServing() {
    Cluster cluster = cluster(37, 3, new Reclaiming(60 * MINUTE));
    for (long millis : List.of(14_000L, 0L, -7_200_000L)) {
      cluster.node(3).dateAheadMillis = millis;
      cluster.run(1);
      Answer answer = new Answer();
      cluster.node(3).allocator.allocate("c" + millis, UNIVERSE, false, answer);
      assertFalse(answer.isPending(), "" + millis);
      cluster.run(MINUTE);
    }
  }

  @Test
  void whoHaveStoodStillDoNotTakeThatForTheAbsenceOfAnother() {
    Cluster cluster = cluster(36, 3, new Reclaiming(10 * MINUTE));
    Cluster.Node awake = cluster.node(3);
    cluster.node(1).isUp = false;
    cluster.node(2).isUp = false;
    cluster.run(40 * MINUTE);
    cluster.partition(Map.of(awake, 1));
    cluster.node(1).isUp = true;
    cluster.node(2).isUp = true;
    cluster.run(9 * MINUTE);
    assertTrue(isOwner(cluster.node(1), 3), "it was there all the time");
    cluster.run(5 * MINUTE);
    assertFalse(isOwner(cluster.node(1), 3), "now it has been gone for long");
  }

  @Test
  void halfOfTheOwnersReclaimsNothingByItself() {
    Cluster cluster = cluster(41, 2, new Reclaiming(10 * MINUTE));
    cluster.node(2).isUp = false;
    cluster.run(30 * MINUTE);
    assertTrue(isOwner(cluster.node(1), 2), "of two, each could be the one that is cut off");
    Answer answer = new Answer();
    cluster.node(1).allocator.allocate("a", UNIVERSE, false, answer);
    assertFalse(answer.isPending());
  }

  @Test
  void everyMessageIsReadAsItWasWritten() {
    PeerName victim = new PeerName(0xfedcba987654L);
    Ballot ballot = new Ballot(0xffffffffL, new PeerName(7));
    List<TakeoverMessage> messages =
        List.of(
            new TakeoverMessage.Presence(List.of(victim, new PeerName(1)), 0x80000000),
            new TakeoverMessage.Prepare(victim, ballot, 0x80000000L, true),
            new TakeoverMessage.Promise(victim, ballot, Ballot.NONE, PeerName.UNKNOWN),
            new TakeoverMessage.Accept(victim, ballot, new PeerName(3)),
            new TakeoverMessage.Accepted(victim, ballot),
            new TakeoverMessage.Refusal(
                victim, ballot, TakeoverMessage.Reason.NOT_READY, new Ballot(4, victim)),
            new TakeoverMessage.Decided(victim, ballot, new PeerName(3)));
    for (TakeoverMessage message : messages) {
      byte[] bytes = TakeoverCodec.encode(message);
      assertEquals(message, TakeoverCodec.decode(bytes).orElseThrow());
      // An earlier version's ends before the time.
      int shortest = bytes.length - (message instanceof TakeoverMessage.Presence ? 4 : 0);
      for (int length = 0; length < shortest; length++) {
        assertTrue(TakeoverCodec.decode(java.util.Arrays.copyOf(bytes, length)).isEmpty());
      }
    }
  }
}
