package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Address allocation between whole routers: rows I6, I7, I12, I14 to I16, and the old scripts. */
final class IpamScriptsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void script340ObserversDoNotCountTowardTheQuorum() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      a.launch("--ipalloc-init=consensus=3");
      b.launch("--ipalloc-init=observer", a.address());
      a.awaitConnections("established", 1);
      var waiting = CompletableFuture.supplyAsync(() -> post(a, "/ip/one"));
      Await.until(
          "one voter of two",
          LIMIT,
          () -> a.weave("status"),
          text -> text.contains("awaiting consensus (quorum: 2, known: 1)"));
      assertEquals("", a.weave("status", "ipam").strip());
      c.launch("--ipalloc-init=consensus=3", a.address());
      assertEquals(200, waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS).status());
      Await.until(
          "the observer has the ring",
          LIMIT,
          () -> b.weave("status", "ipam"),
          text -> text.lines().count() > 2);
    }
  }

  @Test
  void script350AnObserverCallsTheElectionByAskingForAnAddress() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      a.launch("--ipalloc-init=consensus=2");
      b.launch("--ipalloc-init=consensus=2", a.address());
      c.launch("--ipalloc-init=observer", a.address());
      for (Host host : List.of(a, b, c)) {
        host.awaitConnections("established", 2);
        assertEquals("", host.weave("status", "ipam").strip(), "nobody has asked yet");
      }
      assertTrue(c.control().post("/ip/one").orFail().startsWith("10."));
      assertEquals("", c.weave("prime", "--timeout=30s"));
    }
  }

  /** The count that Weave Net gives in Kubernetes leaves the node itself out (quirk 17). */
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.99", "192.0.2.99 192.0.2.1", "192.0.2.98 192.0.2.99"})
  void q17NeverLessThanAMajorityOfTheListAndOurselvesMakesARing(String peers) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      List<String> arguments = new ArrayList<>(List.of("--ipalloc-init=consensus=1"));
      arguments.addAll(List.of(peers.split(" ", -1)));
      host.launch(arguments.toArray(String[]::new));
      Control.Answer answer = host.control().post("/ip/one?timeout=2s");
      assertEquals(503, answer.status(), answer.body());
      String status = host.weave("status");
      assertTrue(status.contains("awaiting consensus (quorum: 2, known: 1)"), status);
      Command.Output prime = host.weave(Map.of(), List.of("prime", "--timeout=2s"));
      assertEquals(1, prime.exit(), "it waits: " + prime);
    }
  }

  @Test
  void i16PrimeSaysWhyItWaitsAndEndsWithZeroOnceThereIsARing() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--ipalloc-init=consensus=2");
      // Longer than the first request, after which it says what it waits for.
      Command.Output prime = a.weave(Map.of(), List.of("prime", "--timeout=4s"));
      assertEquals(1, prime.exit(), prime.toString());
      String reason = "awaiting consensus (quorum: 2, known: 1)";
      assertTrue(prime.err().contains("waiting: no address space: " + reason), prime.err());
      b.launch("--ipalloc-init=consensus=2", a.address());
      assertEquals("", a.weave("prime"));
    }
  }

  @Test
  void script362AnotherRangeDropsWhatBelongsToTheOld() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-range=10.2.0.0/16");
      assertEquals("10.2.0.1/16", host.control().post("/ip/one").orFail());
      host.weave("stop");
      host.launch("--ipalloc-range=10.3.0.0/16");
      assertEquals("", host.control().get("/ip/one").orFail());
      assertEquals("10.3.0.1/16", host.control().post("/ip/two").orFail());
      host.weave("stop");
      host.launch("--ipalloc-range=10.3.0.0/16");
      assertEquals("10.3.0.1/16", host.control().get("/ip/two").orFail(), "the same range stays");
    }
  }

  @Test
  void script380SeededPeersAllocateApartAndThenFitTogether() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String seed = "--ipalloc-init=seed=" + a.peerName() + "," + b.peerName();
      a.launch(seed);
      b.launch(seed);
      assertEquals("10.32.0.1/12", a.control().post("/ip/one").orFail());
      assertEquals("10.40.0.0/12", b.control().post("/ip/two").orFail());
      b.weave("connect", a.address());
      a.awaitConnections("established", 1);
      Set<String> lines = Set.copyOf(a.weave("status", "ipam").strip().lines().toList());
      assertEquals(2, lines.size());
      assertTrue(lines.stream().allMatch(line -> line.contains("(50.0% of total)")), "" + lines);
      b.weave("stop");
      b.launch("--name=0a:00:00:00:00:77", "--ipalloc-init=observer", a.address());
      assertEquals("", b.control().get("/ip/two").orFail(), "another name, another allocator");
    }
  }

  @Test
  void script320AClaimWaitsForTheOwnerOfTheAddressAndThenHasIt() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String seed = "--ipalloc-init=seed=" + a.peerName() + "," + b.peerName();
      a.launch(seed);
      b.launch(seed, a.address());
      a.awaitConnections("established", 1);
      Container container = b.attach();
      assertTrue(container.address().startsWith("10.40."), "of the half of b");
      b.weave("stop");
      // Outside the range nobody is asked; inside, nobody but the owner can say.
      assertEquals(204, a.control().put("/ip/out/172.20.0.9/24").status());
      Control.Answer alone = a.control().put("/ip/in/10.40.0.9/12?timeout=2s");
      assertNotEquals(204, alone.status(), alone.body());
      b.launch("--resume", seed);
      a.awaitConnections("established", 1);
      assertEquals(204, a.control().put("/ip/in/10.40.0.9/12?timeout=30s").status());
      Control.Answer taken =
          a.control().put("/ip/other/" + container.address() + "/12?timeout=30s");
      assertEquals(400, taken.status(), "a running container has it: " + taken.body());
      assertTrue(taken.body().contains("owned by other peer"), taken.body());
    }
  }

  @Test
  void script510DetachAndHideAnswerWithoutConsensus() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-init=consensus=3");
      Namespace container = underlay.namespace("c");
      assertEquals("", host.weave("detach", "netns:" + container.path()).strip());
      assertEquals("", host.weave("hide").strip());
      assertEquals(
          "10.99.0.1\n", host.weave("attach", "ip:10.99.0.1/24", "netns:" + container.path()));
      assertEquals(
          "10.99.0.1\n", host.weave("detach", "ip:10.99.0.1/24", "netns:" + container.path()));
    }
  }

  @Test
  void script500EveryKindOfAddressIsGivenTakenAndNamed() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-range=10.2.0.0/16", "--ipalloc-default-subnet=10.2.1.0/24");
      Namespace container = underlay.namespace("c");
      String place = "netns:" + container.path();
      String[] kinds = {"ip:10.9.0.7/24", "net:10.2.2.0/24", "net:default"};
      String all = "10.9.0.7 10.2.2.1 10.2.1.1\n";
      assertEquals(all, host.weave("attach", kinds[0], kinds[1], kinds[2], place));
      assertEquals(all, host.weave("attach", kinds[0], kinds[1], kinds[2], place), "again");
      String inside = container.ip("-4", "-o", "addr", "show", "ethwe");
      for (String address : List.of("10.9.0.7/24", "10.2.2.1/24", "10.2.1.1/24")) {
        assertTrue(inside.contains(" " + address + " "), inside);
      }
      assertEquals("10.2.2.1\n", host.weave("detach", kinds[1], place));
      assertEquals("10.9.0.7 10.2.1.1\n", host.weave("detach", kinds[0], kinds[2], place));
      assertEquals(
          "10.2.2.1 10.2.1.1\n", host.weave("expose", kinds[1], kinds[2]), "lowest free first");
      assertEquals("10.2.2.1 10.2.1.1\n", host.weave("hide", kinds[1], kinds[2]));
      String lone = "10.9.1.7/32";
      assertEquals("10.9.1.7\n", host.weave("attach", lone, place), "any length");
      assertEquals("10.9.1.7\n", host.weave("detach", lone, place));
      for (String none : List.of("0.0.0.0/0", "127.0.0.1/8", "224.0.0.1/24", "10.9.0.7/0")) {
        Command.Output refused = host.weave(Map.of(), List.of("attach", none, place));
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("can have: " + none), refused.err());
      }
      for (String subnet : List.of("net:10.2.3.2/30", "net:10.2.3.0/31")) {
        Command.Output refused = host.weave(Map.of(), List.of("attach", subnet, place));
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("invalid subnet"), refused.err());
      }
    }
  }

  @Test
  void i14AndI16ThePrimedDefaultSubnetIsWhereAddressesComeFrom() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-default-subnet=10.33.0.0/24");
      assertEquals("", host.weave("prime"));
      assertEquals("10.33.0.1/24", host.control().post("/ip/one").orFail());
      assertEquals("10.33.0.0/24", host.control().get("/ipinfo/defaultsubnet").orFail());
      assertTrue(host.weave("status").contains("  DefaultSubnet: 10.33.0.0/24\n"));
    }
  }

  @Test
  void i15ARangeThatTheHostRoutesElsewhereIsRefusedUnlessItIsGiven() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.namespace().ip("route", "add", "10.0.0.0/8", "via", "192.0.2.77");
      List<String> launch =
          List.of("launch", "--no-setup-cni", "--db-prefix=" + host.statePrefix());
      Command.Output refused = host.weave(Map.of(), launch);
      assertEquals(1, refused.exit());
      assertTrue(refused.err().contains("overlaps with existing route 10.0.0.0/8"), refused.err());
      host.launch("--ipalloc-range=10.32.0.0/12");
      assertEquals(200, host.control().get("/status").status());
    }
  }

  private static Control.Answer post(Host host, String path) {
    try {
      return host.control().post(path);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
