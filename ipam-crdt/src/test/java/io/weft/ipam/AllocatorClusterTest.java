package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllocatorClusterTest {
  private static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/16");
  private static final Cidr SMALL = Cluster.cidr("10.32.0.0/28");

  @ParameterizedTest
  @CsvSource({"3,1", "3,2", "3,3", "10,4", "10,5", "10,6"})
  void electorsAgreeOnOneRingAndHandOutDistinctAddresses(int size, long seed) {
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Consensus(size));
    cluster.lossRate = 0.1;
    cluster.repeatRate = 0.1;
    cluster.maxDelayNanos = Cluster.SECOND;
    cluster.addAll(size);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Answer answer = new Answer();
      answers.add(answer);
      cluster
          .node(1 + cluster.random.nextInt(size))
          .allocator
          .allocate("c" + i, UNIVERSE, false, answer);
      if (i % 10 == 0) {
        cluster.run(Cluster.SECOND / 5);
      }
    }
    cluster.run(300 * Cluster.SECOND);
    assertDistinct(answers, 200, seed);
    cluster.lossRate = 0;
    cluster.run(300 * Cluster.SECOND);
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals, "seed " + seed);
  }

  private static void assertDistinct(List<Answer> answers, int count, long seed) {
    Set<Long> addresses = new HashSet<>();
    for (Answer answer : answers) {
      assertTrue(addresses.add(answer.cidr().address()), "twice: " + answer.cidr() + ", " + seed);
    }
    assertEquals(count, addresses.size());
  }

  @Test
  void asksAPeerForSpaceWhenItsHalfIsExhausted() {
    Cluster cluster = new Cluster(7, SMALL, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      Answer answer = new Answer();
      answers.add(answer);
      cluster.node(1).allocator.allocate("c" + i, SMALL, false, answer);
    }
    assertEquals(
        "awaiting consensus (quorum: 2, known: 1)", cluster.node(1).allocator.status().status());
    cluster.run(60 * Cluster.SECOND);
    assertDistinct(answers, 14, 7);
    assertEquals("ready", cluster.node(1).allocator.status().status());
    for (int number : List.of(1, 2)) {
      assertTrue(cluster.node(number).allocator.status().health().isExhausted(), "" + number);
    }
    Answer tooMany = new Answer();
    Operation operation = cluster.node(2).allocator.allocate("x", SMALL, false, tooMany);
    cluster.run(60 * Cluster.SECOND);
    assertTrue(tooMany.isPending());
    assertEquals(List.of("x 10.32.0.0/28"), cluster.node(2).allocator.status().pendingAllocates());
    assertEquals(
        "waiting for IP(s) to become available", cluster.node(2).allocator.status().status());
    assertTrue(operation.cancel());
    assertTrue(tooMany.isCancelled());
    assertFalse(operation.cancel());
    assertTrue(operation.isDone());
    assertEquals("ready", cluster.node(2).allocator.status().status());
  }

  @Test
  void aFreedAddressReachesWhoWaits() throws IpamException {
    Cluster cluster = new Cluster(8, SMALL, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    for (int i = 0; i < 14; i++) {
      cluster.node(1).allocator.allocate("c" + i, SMALL, false, new Answer());
    }
    cluster.run(60 * Cluster.SECOND);
    Answer waiting = new Answer();
    cluster.node(2).allocator.allocate("x", SMALL, false, waiting);
    cluster.run(10 * Cluster.SECOND);
    assertTrue(waiting.isPending());
    cluster.node(1).allocator.release("c3");
    cluster.run(60 * Cluster.SECOND);
    assertFalse(waiting.isPending());
    assertTrue(UNIVERSE.range().contains(waiting.cidr().address()));
    assertTrue(cluster.node(2).allocator.status().health().isExhausted());
    cluster.node(1).allocator.release("c4");
    cluster.run(60 * Cluster.SECOND);
    for (int number : List.of(1, 2)) {
      assertFalse(cluster.node(number).allocator.status().health().isExhausted(), "" + number);
    }
  }

  @Test
  void claimsAnAddressOfAPeerOrIsDenied() {
    Cluster cluster = new Cluster(9, UNIVERSE, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    Answer taken = new Answer();
    cluster.node(2).allocator.allocate("other", UNIVERSE, false, taken);
    cluster.run(10 * Cluster.SECOND);
    Cidr inUse = taken.cidr();
    assertEquals("10.32.128.0/16", inUse.toString());
    Answer denied = new Answer();
    Answer granted = new Answer();
    cluster.node(1).allocator.claim("mine", inUse, false, false, denied);
    cluster.node(1).allocator.claim("mine", cidr("10.32.200.7/16"), false, false, granted);
    assertTrue(denied.isPending());
    cluster.run(2 * Cluster.SECOND);
    assertEquals(
        "address 10.32.128.0/16 is owned by other peer 00:00:00:00:00:02 (host2)",
        denied.failure());
    assertEquals("10.32.200.7/16", granted.cidr().toString());
    assertEquals(List.of(), cluster.refusals);
  }

  private static Cidr cidr(String text) {
    return Cluster.cidr(text);
  }

  @Test
  void aClaimOfAnUnreachablePeersAddressFailsAfterFiveTries() {
    Cluster cluster = new Cluster(10, UNIVERSE, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    cluster.node(1).allocator.prime(() -> {});
    cluster.run(10 * Cluster.SECOND);
    cluster.node(2).isUp = false;
    Answer refused = new Answer();
    Answer lenient = new Answer();
    cluster.node(1).allocator.claim("a", cidr("10.32.200.7/16"), false, false, refused);
    cluster.node(1).allocator.claim("b", cidr("10.32.200.8/16"), false, true, lenient);
    assertEquals("10.32.200.8/16", lenient.cidr().toString());
    cluster.run(19 * Cluster.SECOND);
    assertTrue(refused.isPending());
    cluster.run(7 * Cluster.SECOND);
    assertEquals(
        "address 10.32.200.7/16 is owned by other peer 00:00:00:00:00:02 (host2)"
            + " - unknown relay destination: 00:00:00:00:00:02",
        refused.failure());
    assertEquals(1, cluster.node(1).allocator.status().pendingClaims().size());
    cluster.node(2).isUp = true;
    cluster.run(10 * Cluster.SECOND);
    assertEquals(0, cluster.node(1).allocator.status().pendingClaims().size());
    assertEquals(List.of(cidr("10.32.200.8/16")), cluster.node(1).allocator.lookup("b", UNIVERSE));
  }

  @Test
  void seededPeersAllocateApartAndThenFitTogether() {
    List<PeerName> seeds = List.of(new PeerName(2), new PeerName(1), new PeerName(2));
    Cluster cluster = new Cluster(13, UNIVERSE, new BootstrapMode.Seed(seeds));
    Cluster.Node one = cluster.add(1);
    Cluster.Node two = cluster.add(2);
    Cluster.Node late = cluster.add(3);
    cluster.partition(Map.of(one, 1, two, 2, late, 2));
    List<Answer> answers = new ArrayList<>();
    for (Cluster.Node node : List.of(one, two, late)) {
      Answer answer = new Answer();
      answers.add(answer);
      node.allocator.allocate("c", UNIVERSE, false, answer);
    }
    cluster.run(10 * Cluster.SECOND);
    assertDistinct(answers, 3, 13);
    cluster.heal();
    cluster.run(300 * Cluster.SECOND);
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals);
  }

  @Test
  void differentSeedsRefuseEachOther() {
    Cluster cluster = new Cluster(14, UNIVERSE, new BootstrapMode.Seed(List.of(new PeerName(1))));
    cluster.add(1);
    cluster.add(2, new BootstrapMode.Seed(List.of(new PeerName(2))));
    cluster.run(100 * Cluster.SECOND);
    assertTrue(
        cluster.refusals.stream()
            .anyMatch(text ->
                text.endsWith(
                    "IP allocation was seeded by different peers (received:"
                        + " [00:00:00:00:00:02(host2)], ours: [00:00:00:00:00:01(host1)])")),
        cluster.refusals::toString);
    Answer answer = new Answer();
    cluster.node(1).allocator.allocate("c", UNIVERSE, false, answer);
    assertEquals("10.32.0.1/16", answer.cidr().toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void aCrashAtAnyMomentKeepsEveryAddress(long seed) {
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Consensus(3));
    cluster.lossRate = 0.05;
    cluster.crashRate = 0.1;
    cluster.maxDelayNanos = Cluster.SECOND;
    cluster.addAll(3);
    Map<String, Answer> answers = new HashMap<>();
    Map<String, Integer> hosts = new HashMap<>();
    Set<String> freed = new HashSet<>();
    for (int step = 0; step < 300; step++) {
      int number = 1 + cluster.random.nextInt(3);
      Cluster.Node node = cluster.node(number);
      if (cluster.random.nextInt(6) == 0) {
        freeOne(answers, hosts, freed, cluster);
      } else {
        String ident = "c" + step;
        Answer answer = new Answer();
        answers.put(ident, answer);
        hosts.put(ident, number);
        cluster.survives(node, () -> node.allocator.allocate(ident, UNIVERSE, false, answer));
      }
      cluster.run((long) (cluster.random.nextDouble() * 2 * Cluster.SECOND));
      assertNoDuplicate(cluster, answers, hosts, freed, seed);
    }
    assertTrue(cluster.crashes > 20, () -> "only " + cluster.crashes + " crashes, seed " + seed);
    cluster.crashRate = 0;
    cluster.lossRate = 0;
    cluster.run(600 * Cluster.SECOND);
    assertNoDuplicate(cluster, answers, hosts, freed, seed);
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals, "seed " + seed);
  }

  private static int hosts(Map<String, Integer> hosts, String ident) {
    return hosts.getOrDefault(ident, 0);
  }

  private static void freeOne(
      Map<String, Answer> answers, Map<String, Integer> hosts, Set<String> freed, Cluster cluster) {
    for (Map.Entry<String, Answer> entry : answers.entrySet()) {
      if (!entry.getValue().isPending() && freed.add(entry.getKey())) {
        Cluster.Node node = cluster.node(hosts(hosts, entry.getKey()));
        cluster.survives(node, () -> release(node, entry.getKey()));
        return;
      }
    }
  }

  private static void release(Cluster.Node node, String ident) {
    try {
      node.allocator.release(ident);
    } catch (IpamException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every answered and unfreed address is held at its host, and nowhere else. */
  private static void assertNoDuplicate(
      Cluster cluster,
      Map<String, Answer> answers,
      Map<String, Integer> hosts,
      Set<String> freed,
      long seed) {
    Map<Long, String> holders = new HashMap<>();
    for (Cluster.Node node : cluster.nodes.values()) {
      node.allocator
          .list()
          .forEach((ident, owned) ->
              owned
                  .cidrs()
                  .forEach(cidr ->
                      assertNull(
                          holders.put(cidr.address(), ident),
                          () -> cidr + " is held twice, seed " + seed)));
    }
    answers.forEach((ident, answer) -> {
      if (!answer.isPending() && !freed.contains(ident)) {
        assertEquals(ident, holders.get(answer.cidr().address()), "seed " + seed);
        List<Cidr> found = cluster.node(hosts(hosts, ident)).allocator.lookup(ident, UNIVERSE);
        assertEquals(List.of(answer.cidr()), found, "seed " + seed);
      }
    });
  }

  @Test
  void aRestartAfterEachAllocationKeepsWhatWasSaid() {
    long seed = 31;
    Cluster cluster = new Cluster(seed, SMALL, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    Cluster.Node node = cluster.node(1);
    Map<String, Answer> answers = new HashMap<>();
    Map<String, Integer> hosts = new HashMap<>();
    for (int i = 0; i < 12; i++) {
      String ident = "c" + i;
      int before = node.stored.size();
      Answer answer = new Answer();
      answers.put(ident, answer);
      hosts.put(ident, 1);
      node.allocator.allocate(ident, SMALL, false, answer);
      cluster.run(6 * Cluster.SECOND);
      assertTrue(node.stored.size() > before);
      node.restart(node.lastStored());
      assertNoDuplicate(cluster, answers, hosts, Set.of(), seed);
      cluster.run(6 * Cluster.SECOND);
    }
    cluster.run(100 * Cluster.SECOND);
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals);
  }
}
