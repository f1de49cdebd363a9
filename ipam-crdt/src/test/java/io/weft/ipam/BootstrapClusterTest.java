package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How a first ring comes to be, and that there is never a second one. */
class BootstrapClusterTest {
  private static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/16");

  @Test
  void anObserverGetsARingFromElectors() {
    Cluster cluster = new Cluster(11, UNIVERSE, new BootstrapMode.Consensus(2));
    cluster.addAll(2);
    Cluster.Node observer = cluster.add(3, new BootstrapMode.Observer());
    Answer answer = new Answer();
    observer.allocator.allocate("c", UNIVERSE, false, answer);
    assertEquals("priming", observer.allocator.status().status());
    assertEquals(new IpamStatus.Bootstrap(false, 0, 0), observer.allocator.status().paxos());
    cluster.run(20 * Cluster.SECOND);
    assertTrue(UNIVERSE.range().contains(answer.cidr().address()));
    assertNull(observer.allocator.status().paxos());
    Set<PeerName> seeds = new HashSet<>();
    observer.allocator.status().owners().forEach(owner -> seeds.add(owner.peer()));
    assertEquals(3, seeds.size());
  }

  @Test
  void aListWithoutSeedsIsLikeNone() {
    Cluster cluster = new Cluster(13, UNIVERSE, new BootstrapMode.Seed(List.of()));
    cluster.addAll(2);
    assertEquals("idle", cluster.node(1).allocator.status().status());
    Answer answer = new Answer();
    cluster.node(1).allocator.allocate("c", UNIVERSE, false, answer);
    assertEquals(
        "awaiting consensus (quorum: 2, known: 1)", cluster.node(1).allocator.status().status());
    cluster.run(20 * Cluster.SECOND);
    assertTrue(UNIVERSE.range().contains(answer.cidr().address()));
    cluster.assertSameOwners();
  }

  @Test
  void anObserverAloneWaits() {
    Cluster cluster = new Cluster(12, UNIVERSE, new BootstrapMode.Observer());
    cluster.addAll(2);
    Answer answer = new Answer();
    cluster.node(1).allocator.allocate("c", UNIVERSE, false, answer);
    cluster.run(60 * Cluster.SECOND);
    assertTrue(answer.isPending());
  }

  @Test
  void electorsKilledWhileTheyAgreeStillMakeOneRing() {
    for (long seed = 400; seed < 420; seed++) {
      agreeWhileKilled(seed);
    }
  }

  private static void agreeWhileKilled(long seed) {
    Cluster cluster = new Cluster(seed, UNIVERSE, new BootstrapMode.Consensus(3));
    cluster.lossRate = 0.3;
    cluster.crashRate = 0.5;
    cluster.maxDelayNanos = 3 * Cluster.SECOND;
    cluster.addAll(3);
    for (int round = 0; round < 12; round++) {
      for (Cluster.Node node : cluster.nodes.values()) {
        cluster.survives(node, () -> node.allocator.prime(() -> {}));
      }
      cluster.run(5 * Cluster.SECOND);
    }
    cluster.crashRate = 0;
    cluster.lossRate = 0;
    cluster.node(1).allocator.prime(() -> {});
    cluster.run(300 * Cluster.SECOND);
    cluster.assertSameOwners();
    assertEquals(List.of(), cluster.refusals, "seed " + seed);
  }

  @Test
  void anElectorRemembersItsVoteAcrossARestart() {
    Cluster cluster = new Cluster(61, UNIVERSE, new BootstrapMode.Consensus(3));
    cluster.addAll(3);
    Cluster.Node one = cluster.node(1);
    Cluster.Node two = cluster.node(2);
    Cluster.Node three = cluster.node(3);
    cluster.partition(Map.of(one, 1, two, 1, three, 2));
    one.allocator.prime(() -> {});
    for (int i = 0; i < 1000 && !one.allocator.status().status().equals("ready"); i++) {
      cluster.run(Cluster.SECOND / 1000);
    }
    assertEquals("ready", one.allocator.status().status());
    // The ring that the two agreed on never reaches the second, which is killed and meets another.
    two.restart(two.lastStored());
    assertEquals("idle", two.allocator.status().status());
    cluster.partition(Map.of(one, 1, two, 2, three, 2));
    three.allocator.prime(() -> {});
    cluster.run(60 * Cluster.SECOND);
    assertEquals("ready", three.allocator.status().status());
    cluster.heal();
    cluster.run(300 * Cluster.SECOND);
    assertEquals(List.of(), cluster.refusals);
    cluster.assertSameOwners();
  }

  @Test
  void whoWasKilledWhileItProposedAloneDoesNotOutvoteWhatOthersAgreedOn() throws Exception {
    Cluster cluster = new Cluster(62, UNIVERSE, new BootstrapMode.Consensus(5));
    cluster.addAll(5);
    Cluster.Node one = cluster.node(1);
    Cluster.Node three = cluster.node(3);
    Cluster.Node four = cluster.node(4);
    cluster.partition(Map.of(one, 1, cluster.node(2), 2));
    one.allocator.prime(() -> {});
    cluster.run(30 * Cluster.SECOND);
    one.restart(one.lastStored());
    Answer first = new Answer();
    three.allocator.allocate("a", UNIVERSE, false, first);
    for (int i = 0; i < 1000 && !three.allocator.status().status().equals("ready"); i++) {
      cluster.run(Cluster.SECOND / 1000);
    }
    assertEquals("ready", three.allocator.status().status());
    // One of those who have voted for it is killed before it hears of the others' votes.
    four.restart(asOfItsVote(four));
    cluster.partition(Map.of(three, 1, cluster.node(5), 1));
    Answer second = new Answer();
    four.allocator.allocate("b", UNIVERSE, false, second);
    cluster.run(60 * Cluster.SECOND);
    // Rings in use, since an unused one would be given up.
    assertNotEquals(first.cidr(), second.cidr());
    cluster.heal();
    cluster.run(300 * Cluster.SECOND);
    assertEquals(List.of(), cluster.refusals);
    cluster.assertSameOwners();
  }

  private static byte[] asOfItsVote(Cluster.Node node) throws CorruptStateException {
    for (byte[] state : node.stored) {
      Optional<PaxosMemory> memory = PersistedState.decode(state).paxos();
      if (memory.isPresent()
          && memory.get().knows().entrySet().stream()
              .anyMatch(known ->
                  known.getKey().name().equals(node.name)
                      && known.getValue().accepted().isValid())) {
        return state;
      }
    }
    throw new IllegalStateException(node.name + " has not voted");
  }
}
