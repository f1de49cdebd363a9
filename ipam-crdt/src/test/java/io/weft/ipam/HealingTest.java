package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contradictions between rings end without an operator, and cost neither link nor address. */
class HealingTest {
  private static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/16");

  private static Cluster three(long seed) {
    List<PeerName> names = List.of(new PeerName(1), new PeerName(2), new PeerName(3));
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Seed(names));
    cluster.addAll(3);
    cluster.run(10 * Cluster.SECOND);
    return cluster;
  }

  private static Cidr allocate(Cluster.Node node, String ident) {
    Answer answer = new Answer();
    node.allocator.allocate(ident, UNIVERSE, false, answer);
    return answer.cidr();
  }

  private static IpamStatus.Health health(Cluster.Node node) {
    return node.allocator.status().health();
  }

  private static void assertAllWell(Cluster cluster) {
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals);
    for (Cluster.Node node : cluster.nodes.values()) {
      assertEquals(List.of(), health(node).lines(), node.name::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43})
  void whoComesBackAfterATakeoverClaimsWhatItsContainersUse(long seed) throws IpamException {
    Cluster cluster = three(seed);
    Cluster.Node victim = cluster.node(3);
    List<Cidr> inUse = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      inUse.add(allocate(victim, "v" + i));
    }
    cluster.run(60 * Cluster.SECOND);
    cluster.partition(Map.of(victim, 1));
    inUse.add(allocate(victim, "late"));
    assertTrue(cluster.node(1).allocator.takeover("host3") > 0);
    cluster.run(60 * Cluster.SECOND);
    cluster.heal();
    cluster.run(120 * Cluster.SECOND);
    assertAllWell(cluster);
    assertEquals(inUse.size(), victim.allocator.status().activeAddresses());
    Set<Long> distinct = new HashSet<>();
    inUse.forEach(cidr -> distinct.add(cidr.address()));
    for (int i = 0; i < 50; i++) {
      Answer answer = new Answer();
      cluster.node(1 + i % 3).allocator.allocate("n" + i, UNIVERSE, false, answer);
      cluster.run(Cluster.SECOND);
      assertTrue(distinct.add(answer.cidr().address()), "twice: " + answer.cidr());
    }
    cluster.run(60 * Cluster.SECOND);
    assertAllWell(cluster);
  }

  @ParameterizedTest
  @ValueSource(longs = {44, 45, 46})
  void twoTakeoversAtOnceLeaveOneOwner(long seed) throws IpamException {
    Cluster cluster = three(seed);
    cluster.node(3).isUp = false;
    Cluster.Node one = cluster.node(1);
    Cluster.Node two = cluster.node(2);
    cluster.partition(Map.of(one, 1, two, 2));
    one.allocator.takeover("host3");
    two.allocator.takeover("host3");
    allocateFromTheEnd(one, "a", 3);
    allocateFromTheEnd(two, "b", 3);
    cluster.heal();
    cluster.run(90 * Cluster.SECOND);
    assertEquals(List.of(), cluster.refusals);
    assertEquals(
        owners(one), owners(two), "both have the same owner for every address, seed " + seed);
    long duplicates =
        health(one).disputed().stream().filter(IpamStatus.Disputed::isDuplicate).count()
            + health(two).disputed().stream().filter(IpamStatus.Disputed::isDuplicate).count();
    assertEquals(3, duplicates, "each address was given to two containers, and that is shown");
    Cluster.Node loser = health(one).disputed().isEmpty() ? two : one;
    loser.allocator.release(loser == one ? "a" : "b");
    cluster.run(90 * Cluster.SECOND);
    assertEquals(List.of(), health(one).lines());
    assertEquals(List.of(), health(two).lines());
  }

  /** Addresses of the last quarter, which was host 3's. */
  private static void allocateFromTheEnd(Cluster.Node node, String ident, int count) {
    for (int i = 0; i < count; i++) {
      Answer answer = new Answer();
      node.allocator.claim(
          ident, Cluster.cidr("10.32.255." + (i + 1) + "/16"), false, false, answer);
      assertEquals(UNIVERSE.prefixLength(), answer.cidr().prefixLength());
    }
  }

  private static List<String> owners(Cluster.Node node) {
    return node.allocator.status().entries().stream()
        .map(entry -> entry.token() + " " + entry.peer())
        .toList();
  }

  @Test
  void aRangeWonIsInQuarantineUntilTheOtherSideAgrees() throws IpamException {
    Cluster cluster = three(47);
    Cluster.Node victim = cluster.node(3);
    cluster.partition(Map.of(victim, 1));
    Cidr used = allocate(victim, "late");
    Cluster.Node taker = cluster.node(1);
    taker.allocator.takeover("host3");
    long before = taker.allocator.status().owners().getFirst().addresses();
    assertEquals(List.of(), health(taker).lines(), "a peer that is gone holds nothing up");
    cluster.lossRate = 1;
    cluster.heal();
    cluster.run(6 * Cluster.SECOND);
    assertEquals(1, health(taker).quarantinedRanges(), "it is back and may not know yet");
    Answer claim = new Answer();
    taker.allocator.claim("x", used, false, false, claim);
    assertTrue(claim.isPending());
    cluster.lossRate = 0;
    cluster.run(120 * Cluster.SECOND);
    assertEquals(0, health(taker).quarantinedRanges());
    assertEquals(
        "address %s is owned by other peer 00:00:00:00:00:03 (host3)".formatted(used),
        claim.failure());
    assertEquals(before - 1, taker.allocator.status().owners().getFirst().addresses());
    assertAllWell(cluster);
  }

  @Test
  void whoWaitsGetsNothingThatAPeerTakenOverByForceMayUse() throws IpamException {
    Cluster cluster = three(49);
    Cluster.Node victim = cluster.node(3);
    Cidr used = allocate(victim, "v");
    Cluster.Node taker = cluster.node(1);
    cluster.lossRate = 1;
    Answer claim = new Answer();
    taker.allocator.claim("x", used, false, false, claim);
    assertEquals(16384, taker.allocator.takeover(victim.name.toString()));
    assertTrue(claim.isPending(), "its user is still here");
    cluster.lossRate = 0;
    cluster.run(120 * Cluster.SECOND);
    assertEquals(
        "address %s is owned by other peer 00:00:00:00:00:03 (host3)".formatted(used),
        claim.failure());
    assertAllWell(cluster);
  }

  @Test
  void quarantineIsRememberedOverARestart() throws IpamException {
    Cluster cluster = three(48);
    Cluster.Node victim = cluster.node(3);
    cluster.partition(Map.of(victim, 1));
    Cluster.Node taker = cluster.node(1);
    taker.allocator.takeover("host3");
    taker.restart(taker.lastStored());
    cluster.lossRate = 1;
    cluster.heal();
    cluster.run(20 * Cluster.SECOND);
    assertEquals(1, health(taker).quarantinedRanges());
    cluster.lossRate = 0;
    cluster.run(120 * Cluster.SECOND);
    assertAllWell(cluster);
  }
}
