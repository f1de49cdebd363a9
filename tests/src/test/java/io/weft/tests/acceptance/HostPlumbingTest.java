package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the router does on its host beside carrying frames: addresses of the bridge, packet filter
 * rules, and its watch over both (scripts 130 and 135, rows D16, D17 and S8 of the feature table).
 */
final class HostPlumbingTest {
  /** By specification rules are back within ten seconds; a loaded machine gets more. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int PORT = 8_080;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "iptables", "iptables-legacy", "ipset"));
  }

  private static boolean pings(Namespace from, String address) throws Exception {
    return from.run("ping", "-n", "-c", "1", "-W", "1", address).exit() == 0;
  }

  @Test
  void s8AHostReachesContainersOnlyWhileItIsExposed() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      Container container = host.attach();
      assertFalse(pings(host.namespace(), container.address()));
      String exposed = host.weave("expose").strip();
      assertTrue(host.namespace().ip("-4", "addr", "show", "weave").contains(exposed + "/"));
      assertTrue(pings(host.namespace(), container.address()));
      assertTrue(pings(container.namespace(), exposed));
      assertEquals(exposed, host.weave("hide").strip());
      assertFalse(pings(host.namespace(), container.address()));
      assertFalse(host.namespace().ip("-4", "addr", "show", "weave").contains("inet "));
    }
  }

  @Test
  void script130ExposeIsBySubnetRepeatableAndOpensContainersToOtherHosts() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch();
      b.launch(a.address());
      a.awaitConnections("established", 1);
      Container plain = a.attach();
      Namespace isolated = underlay.namespace("isolated");
      String other = a.weave("attach", "net:10.40.7.0/24", "netns:" + isolated.path()).strip();
      assertFalse(pings(a.namespace(), plain.address()), "before expose");

      String exposed = a.weave("expose").strip();
      assertEquals(exposed, a.weave("expose").strip(), "expose may be repeated");
      assertTrue(pings(a.namespace(), plain.address()), "after expose");
      assertTrue(pings(b.attach().namespace(), exposed), "from a container of the other host");
      String second = a.weave("expose", "net:10.40.7.0/24").strip();
      assertNotEquals(exposed, second);
      assertTrue(pings(a.namespace(), other), "the second subnet");
      assertFalse(pings(plain.namespace(), other), "subnets stay apart");
      assertFalse(pings(isolated, plain.address()), "subnets stay apart, the other way round");

      a.namespace().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
      String[] toContainer = {
        "iptables",
        "-t",
        "nat",
        "-A",
        "PREROUTING",
        "-p",
        "tcp",
        "-i",
        "eth0",
        "--dport",
        Integer.toString(PORT),
        "-j",
        "DNAT",
        "--to-destination",
        plain.address() + ":" + PORT
      };
      a.namespace().run(toContainer).orFail();
      try (var _ = Greeting.in(plain.namespace(), PORT, "container")) {
        assertEquals(
            "container sees " + exposed,
            Greeting.ask(b.namespace(), a.address(), PORT),
            "from the other host by address translation");
      }

      assertEquals(second, a.weave("hide", "net:10.40.7.0/24").strip());
      assertFalse(pings(a.namespace(), other), "hidden");
      assertTrue(pings(a.namespace(), plain.address()), "the other subnet is still exposed");
      assertEquals(exposed, a.weave("hide").strip());
      assertEquals("", a.weave("hide").strip(), "hide may be repeated");
      assertFalse(pings(a.namespace(), plain.address()), "after hide");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nft", "legacy"})
  void script135RulesComeBackAfterTheCanaryChainIsDeleted(String backend) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--iptables-backend", backend);
      for (boolean isExposed : new boolean[] {false, true}) {
        if (isExposed) {
          host.weave("expose");
        }
        String rules =
            Await.until("our rules", LIMIT, () -> rules(host, backend), HostPlumbingTest::isWhole);
        assertEquals(isExposed, rules.contains("MASQUERADE"), rules);
        // The router may put its rules back at any moment, also between two commands.
        Await.until(
            "nothing of ours", LIMIT, () -> flush(host, backend), left -> !left.contains("WEAVE"));
        Await.until("rules put back", LIMIT, () -> rules(host, backend), rules::equals);
      }
      host.weave("reset");
      assertFalse(rules(host, backend).contains("WEAVE"), "after reset");
    }
  }

  /** Removes the rules of one of the two kinds, and returns those that are there after that. */
  private static String flush(Host host, String backend) throws Exception {
    String iptables = "iptables-" + backend;
    for (String table : List.of("nat", "filter", "mangle")) {
      host.namespace().run(iptables, "-t", table, "-F");
      host.namespace().run(iptables, "-t", table, "-X");
    }
    return rules(host, backend);
  }

  /** The rules of one of the two kinds of iptables without counters. */
  private static String rules(Host host, String backend) throws Exception {
    return host.namespace()
        .run("iptables-" + backend + "-save")
        .out()
        .lines()
        .filter(line -> line.startsWith("-") || line.startsWith(":WEAVE"))
        .map(line -> line.replaceFirst(" \\[.*", ""))
        .collect(Collectors.joining("\n"));
  }

  private static boolean isWhole(String rules) {
    return List.of("WEAVE-CANARY", "-j WEAVE", "WEAVE-EXPOSE").stream().allMatch(rules::contains);
  }

  @Test
  void d17OurTableComesBackAfterAFlush() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      host.weave("expose");
      String[] list = {"nft", "-s", "list", "table", "ip", "weave"};
      String rules =
          Await.until(
              "our table",
              LIMIT,
              () -> host.namespace().run(list).out(),
              text -> text.contains("masquerade"));
      // The router may put it back at any moment, also before we look.
      Await.until(
          "no table of ours",
          LIMIT,
          () -> {
            host.namespace().run("nft", "flush", "ruleset").orFail();
            return host.namespace().run(list).out();
          },
          String::isEmpty);
      Await.until(
          "the table put back", LIMIT, () -> host.namespace().run(list).out(), rules::equals);
      host.namespace().run("nft", "flush", "chain", "ip", "weave", "postrouting").orFail();
      Await.until(
          "the chain put back", LIMIT, () -> host.namespace().run(list).out(), rules::equals);
      host.weave("reset");
      assertEquals("", host.namespace().run(list).out(), "after reset");
    }
  }

  @Test
  void d16HairpinOnTheRoutersPortAndABridgeThatIsDownAreLogged() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      Path log = host.log();
      host.namespace()
          .run("bridge", "link", "set", "dev", "vethwe-bridge", "hairpin", "on")
          .orFail();
      Await.until(
          "the log names the port",
          LIMIT,
          () -> Files.readString(log),
          text -> text.contains("Hairpin mode enabled on \"vethwe-bridge\""));
      host.namespace().ip("link", "set", "weave", "down");
      Await.until(
          "the log names the bridge",
          LIMIT,
          () -> Files.readString(log),
          text -> text.contains("the bridge \"weave\" is down"));
    }
  }

  @Test
  void withNoMasqLocalContainersOfThisHostSeeWhoCalls() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--no-masq-local");
      Container container = a.attach();
      a.weave("expose");
      a.namespace().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
      container.namespace().ip("route", "add", "default", "via", a.weave("expose").strip());
      b.namespace().ip("route", "add", container.address() + "/32", "via", a.address());
      try (var _ = Greeting.in(container.namespace(), PORT, "container")) {
        Await.until(
            "the container sees the other host's own address",
            LIMIT,
            () -> Greeting.ask(b.namespace(), container.address(), PORT),
            ("container sees " + b.address())::equals);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nft", "legacy"})
  void exposeWithoutMasqueradeIsRememberedUntilExposeIsRepeated(String backend) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String flag = "--iptables-backend=" + backend;
      a.launch(flag);
      Container container = a.attach();
      String exposed = a.weave("expose", "--without-masquerade").strip();
      a.namespace().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
      container.namespace().ip("route", "add", "default", "via", exposed);
      b.namespace().ip("route", "add", container.address() + "/32", "via", a.address());
      try (var _ = Greeting.in(container.namespace(), PORT, "container");
          var _ = Greeting.in(b.namespace(), PORT, "outside")) {
        sees(b.namespace(), container.address(), "container sees " + b.address());
        sees(container.namespace(), b.address(), "outside sees " + container.address());
        a.weave("stop");
        a.launch(flag);
        sees(b.namespace(), container.address(), "container sees " + b.address());
        // Its rules are put back without, too.
        a.namespace().run("nft", "flush", "ruleset").orFail();
        sees(b.namespace(), container.address(), "container sees " + b.address());

        assertEquals(exposed, a.weave("expose").strip());
        sees(b.namespace(), container.address(), "container sees " + exposed);
        sees(container.namespace(), b.address(), "outside sees " + a.address());
      }
    }
  }

  private static void sees(Namespace from, String address, String greeting) throws Exception {
    Await.until(
        greeting,
        LIMIT,
        () -> Greeting.ask(from, address, PORT),
        answer -> answer.startsWith(greeting));
  }
}
