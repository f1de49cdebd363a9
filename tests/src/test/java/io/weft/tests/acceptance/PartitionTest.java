package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Four routers whose wire is cut between two and two, while containers start on both sides. {@code
 * -Dweft.partition.rounds=N} repeats the cut.
 */
final class PartitionTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** What is promised: everybody is connected again within this time, without an operator. */
  private static final Duration HEALING_LIMIT = Duration.ofSeconds(10);

  private static final int ADDRESSES = 10;

  private final AddressBook book = new AddressBook();

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void bothSidesOfAPartitionGoOnAllocatingAndFindTogetherAgain() throws Exception {
    int rounds = Integer.getInteger("weft.partition.rounds", 1);
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = mesh(underlay);
      List<Host> left = hosts.subList(0, 2);
      List<Host> right = hosts.subList(2, 4);
      List<Container> containers = book.attach(hosts);
      for (int round = 1; round <= rounds; round++) {
        Partition partition = Partition.between(left, right);
        book.allocate(hosts, ADDRESSES);
        awaitConnections(hosts, 1, LIMIT);
        book.allocate(hosts, ADDRESSES);
        heal(partition, hosts, "round " + round);
        containers.getFirst().reaches(containers.getLast());
        awaitOneRing(hosts);
        book.allocate(hosts, 1);
      }
    }
  }

  @Test
  void aPartitionTooShortToBeNoticedLeavesNoTrace() throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = mesh(underlay);
      Partition partition = Partition.between(hosts.subList(0, 2), hosts.subList(2, 4));
      book.allocate(hosts, ADDRESSES);
      heal(partition, hosts, "short");
      book.allocate(hosts, ADDRESSES);
      awaitOneRing(hosts);
    }
  }

  @Test
  void aRouterThatIsKilledAndLosesItsStateInAPartitionGivesOutNothingThatIsInUse()
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = mesh(underlay);
      Host victim = hosts.get(2);
      List<Container> containers = book.attach(List.of(victim, victim, victim));
      Partition partition = Partition.between(hosts.subList(0, 2), hosts.subList(2, 4));
      book.allocate(List.of(hosts.get(0), hosts.get(1), hosts.get(3)), ADDRESSES);
      victim.crash();
      victim.loseState();
      book.forgetIdentities(victim);
      victim.launch(arguments(hosts.get(0).address(), hosts.get(3).address()));
      awaitConnections(hosts.subList(2, 4), 1, LIMIT);
      book.allocate(hosts, ADDRESSES);
      heal(partition, hosts, "state loss");
      awaitOneRing(hosts);
      book.allocate(hosts, ADDRESSES);

      Container gone = containers.getFirst();
      victim.weave("detach", "netns:" + gone.namespace().path());
      String held = victim.control().get("/ip").orFail();
      assertFalse(held.contains(gone.address() + "/"), "what is detached is given back: " + held);
      assertTrue(held.contains(containers.getLast().address() + "/"), "the others are kept");
    }
  }

  /** Four hosts, each of which is told of the one before; the rest is discovery. */
  private List<Host> mesh(Underlay underlay) throws Exception {
    List<Host> hosts =
        List.of(underlay.host("a"), underlay.host("b"), underlay.host("c"), underlay.host("d"));
    hosts.getFirst().launch(arguments());
    for (int number = 1; number < hosts.size(); number++) {
      hosts.get(number).launch(arguments(hosts.get(number - 1).address()));
    }
    awaitConnections(hosts, hosts.size() - 1, LIMIT);
    book.allocate(hosts, 1);
    return hosts;
  }

  private static String[] arguments(String... targets) {
    return Stream.concat(Stream.of("--ipalloc-init", "consensus=4"), Stream.of(targets))
        .toArray(String[]::new);
  }

  private static void heal(Partition partition, List<Host> hosts, String what) throws Exception {
    partition.heal();
    long healedNanos = System.nanoTime();
    awaitConnections(hosts, hosts.size() - 1, HEALING_LIMIT);
    System.out.printf(
        "%s: all connections back after %.1f s%n", what, (System.nanoTime() - healedNanos) / 1e9);
  }

  private static void awaitConnections(List<Host> hosts, int each, Duration limit)
      throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    for (Host host : hosts) {
      host.awaitConnections("established", each, Duration.ofNanos(deadline - System.nanoTime()));
    }
  }

  private static void awaitOneRing(List<Host> hosts) throws Exception {
    Set<String> ring =
        Await.until(
                "one ring everywhere",
                LIMIT,
                () -> hosts.stream().map(AddressBook::ring).toList(),
                seen -> seen.stream().distinct().count() == 1)
            .getFirst();
    assertTrue(ring.size() >= hosts.size(), () -> "the ring " + ring);
  }
}
