package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the flags of {@code launch} and the commands about peers do between whole routers. */
final class OptionsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void aRouterWithoutAllocationRelaysThatOfOthersAndSaysThatItHasNone() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String trust = "--trusted-subnets=192.0.2.0/24";
      Map<String, String> password = Map.of("WEAVE_PASSWORD", "secret");
      b.launch(password, "--no-discovery", "--ipalloc-range=", trust, "--conn-limit=0");
      String[] electors = {"--no-discovery", "--ipalloc-init=consensus=2", b.address()};
      a.launch(password, electors[0], electors[1], trust, "--min-protocol-version=2", electors[2]);
      c.launch(password, electors);
      b.awaitConnections("established", 2);

      String onA = a.control().post("/ip/one").orFail();
      String onC = c.control().post("/ip/two").orFail();
      assertNotEquals(onA, onC, "one ring through a router that takes no part in it");
      assertEquals("secret encrypts", trusted(a, "unencrypted"), "both ends trust each other");
      assertEquals("secret encrypts", trusted(c, "encrypted"), "only one end trusts the other");

      assertFalse(b.weave("status").contains("Service: ipam"), "no section about allocation");
      assertEquals("", b.weave("status", "ipam").strip());
      assertEquals(4, exit(b, "prime"));
      assertEquals("", b.weave("rmpeer", "a"), "there is nothing to take over");
      Command.Output attached =
          b.weave(Map.of(), List.of("attach", "netns:" + underlay.namespace("x").path()));
      assertEquals(1, attached.exit());
      assertTrue(attached.err().contains("IPAM must be enabled to use net:"), attached.err());
      assertEquals(404, b.control().post("/ip/x").status());
      Namespace x = underlay.namespace("y");
      String place = "netns:" + x.path();
      assertEquals("10.99.0.1\n", b.weave("attach", "ip:10.99.0.1/24", place));
      assertTrue(x.ip("-4", "addr", "show", "ethwe").contains(" 10.99.0.1/24 "));
      assertEquals("10.99.0.1\n", b.weave("detach", "ip:10.99.0.1/24", place));
      assertFalse(x.ip("link").contains("ethwe"));
    }
  }

  @Test
  void theSpaceOfAHostThatLeavesOrIsRemovedGoesToAnother() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String init = "--ipalloc-init=consensus=3";
      a.launch(init);
      b.launch(init, a.address());
      c.launch(init, a.address());
      for (Host host : List.of(a, b, c)) {
        host.awaitConnections("established", 2);
      }
      for (Host host : List.of(a, b, c)) {
        host.control().post("/ip/on" + host.label()).orFail();
      }

      b.weave("stop");
      b.launch("--resume", init);
      b.awaitConnections("established", 2);
      assertEquals(a.address(), b.weave("status", "targets").strip(), "the stored target");

      c.crash();
      a.awaitConnections("established", 1);
      awaitShares(a, List.of("a", "b", "c"));
      Await.until(
          "host a hears from b that c is gone",
          LIMIT,
          () -> a.control().get("/status/ipam").body(),
          status -> status.contains("unreachable"));
      String taken = a.weave("rmpeer", "c", "nobody");
      assertTrue(taken.matches("[1-9]\\d* IPs taken over from c\n0 IPs .* from nobody\n"), taken);
      awaitShares(b, List.of("a", "b"));

      b.weave("reset");
      awaitShares(a, List.of("a"));
      assertTrue(a.weave("status", "ipam").contains("(100.0% of total)"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--ipalloc-range=10.32.0.0/16, true, Incompatible IP allocation ranges",
    "--ipalloc-range=10.32.0.0/12, false, IP allocation was seeded by different peers"
  })
  void aMeshThatAllocatesOtherwiseIsRefusedWithTheReason(
      String range, boolean sameSeeds, String reason) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String both = a.peerName() + "," + b.peerName();
      a.launch("--ipalloc-init=seed=" + (sameSeeds ? both : a.peerName()));
      b.launch(range, "--ipalloc-init=seed=" + (sameSeeds ? both : b.peerName()));
      a.control().post("/ip/one").orFail();
      b.control().post("/ip/one").orFail();
      b.weave("connect", a.address());
      Await.until(
          "one of the two says why",
          LIMIT,
          () ->
              a.control().get("/status/connections").body()
                  + b.control().get("/status/connections").body(),
          text -> text.contains(" failed ") && text.contains(reason));
    }
  }

  private static String trusted(Host host, String expected) throws Exception {
    String connections = host.weave("status", "connections");
    return connections.contains("established " + expected) ? "secret encrypts" : connections;
  }

  private static int exit(Host host, String... arguments) throws Exception {
    return host.weave(Map.of(), List.of(arguments)).exit();
  }

  /** Until a host knows these and no other owners of addresses. */
  private static void awaitShares(Host host, List<String> owners) throws Exception {
    Await.until(
        "owners as host %s knows them: %s".formatted(host.label(), owners),
        LIMIT,
        () ->
            host.control()
                .get("/status/ipam")
                .body()
                .lines()
                .map(line -> line.replaceFirst(".*\\(([a-z]*)\\) +\\d+ IPs.*", "$1"))
                .sorted()
                .toList(),
        seen -> seen.equals(owners));
  }
}
