package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands leave behind and what they take away. */
final class LifecycleTest {
  private static final Duration START_TIME_MAX = Duration.ofMinutes(1);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "ss"));
  }

  @Test
  void stopKeepsWhatContainersNeedAndResetRemovesEveryTrace() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      String before = a.namespace().ip("-o", "link");
      a.launch();
      Container one = a.attach();
      Container two = a.attach();
      one.reaches(two);
      assertTrue(a.namespace().ip("-o", "link").contains(": weave:"), "the bridge is there");

      a.weave("expose");
      assertTrue(a.namespace().run("nft", "list", "ruleset").out().contains("weave"), "our rules");

      a.weave("stop");
      assertEquals(List.of(), a.namespace().processes(), "processes after stop");
      assertEquals(0, one.ping(two.address()).exit(), "local containers talk without a router");

      a.launch();
      assertTrue(a.control().get("/ip").body().contains(one.address()), "the address is kept");
      Container three = a.attach();
      assertNotEquals(one.address(), three.address());
      assertNotEquals(two.address(), three.address());
      three.reaches(one);

      a.weave("detach", "netns:" + three.namespace().path());
      assertFalse(three.namespace().ip("-o", "link").contains("ethwe"), "the interface is gone");
      assertFalse(a.control().get("/ip").body().contains(three.address()), "and the address");

      a.weave("reset");
      assertEquals(List.of(), a.namespace().processes(), "processes after reset");
      assertEquals(links(before), links(a.namespace().ip("-o", "link")), "links after reset");
      String rules = a.namespace().run("nft", "list", "ruleset").orFail().out();
      assertFalse(rules.toLowerCase(Locale.ROOT).contains("weave"), rules);
      try (Stream<Path> files = Files.list(Path.of(a.statePrefix()).getParent())) {
        assertEquals(List.of(), files.toList(), "state files after reset");
      }
    }
  }

  @Test
  void aSecondLaunchIsRefusedAndDisturbsNothing() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      a.launch();
      long pid = a.router().pid();
      Command.Output second =
          a.weave(Map.of(), List.of("launch", "--no-setup-cni", "--db-prefix", a.statePrefix()));
      assertEquals(3, second.exit(), "the second launch");
      assertTrue(second.err().contains("already running"), second.err());
      assertEquals(pid, a.router().pid());
      assertEquals(200, a.control().get("/status").status());
    }
  }

  @Test
  void launchWarnsOfARuleThatRejectsAllThatIsForwarded() throws Exception {
    Prerequisites.check(List.of("iptables"));
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      List<String> launch = List.of("launch", "--no-setup-cni", "--db-prefix=" + a.statePrefix());
      assertEquals("", a.weave(Map.of(), launch).orFail().err());
      a.weave("stop");
      String[] rule = {"-A", "FORWARD", "-j", "REJECT", "--reject-with", "icmp-host-prohibited"};
      List<String> add = new ArrayList<>(List.of("iptables"));
      add.addAll(List.of(rule));
      a.namespace().run(add.toArray(String[]::new)).orFail();
      String warning = a.weave(Map.of(), launch).orFail().err();
      assertTrue(warning.contains(String.join(" ", rule)), warning);
    }
  }

  @Test
  void theLogHoldsWhatItsLevelAsksFor() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      for (String level : List.of("debug", "info", "error")) {
        a.launch("--log-level=" + level);
        a.attach();
        a.weave("stop");
        String log = Files.readString(a.log());
        assertEquals(level.equals("debug"), log.contains("DEBUG: "), level + ": " + log);
        assertEquals(!level.equals("error"), log.contains("INFO: "), level + ": " + log);
      }
    }
  }

  /** The path of the socket is given once with the flag and then by the variable. */
  @Test
  void aRouterIsLaunchedAndCommandedByAUnixSocket() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      String socket = Path.of(a.statePrefix()).resolveSibling("control.sock").toString();
      a.launch("--http-addr=" + socket);
      Map<String, String> there = Map.of("WEAVE_HTTP_ADDR", socket);
      for (String command : List.of("status", "prime", "expose", "ps", "hide", "report")) {
        a.weave(there, List.of(command)).orFail();
      }
      Command.Output here = a.weave(Map.of(), List.of("report"));
      assertEquals(7, here.exit(), "nothing listens on the port");
      a.weave(there, List.of("stop")).orFail();
      a.launch(there);
      a.weave(there, List.of("connect", "192.0.2.99")).orFail();
      assertEquals(
          "192.0.2.99", a.weave(there, List.of("status", "targets")).orFail().out().strip());
      a.weave(there, List.of("reset")).orFail();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRouterInTheForegroundEndsWithZeroWhenItIsToldToStop(boolean asItStarts) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      List<String> launch =
          List.of(
              Prerequisites.weave().toString(),
              "launch",
              "--no-setup-cni",
              "--foreground",
              "--name",
              a.peerName(),
              "--db-prefix",
              a.statePrefix());
      Process router =
          new ProcessBuilder(a.namespace().inside(launch))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        if (asItStarts) {
          Path state = Path.of(a.statePrefix() + "data.db");
          Await.until("the state", START_TIME_MAX, () -> Files.exists(state), is -> is);
        } else {
          Await.until("the router answers", START_TIME_MAX, () -> isReady(a), ready -> ready);
          String listening = a.namespace().run("ss", "-Hlnt", "sport = :6784").orFail().out();
          assertTrue(
              listening.strip().matches("LISTEN .*\\b127\\.0\\.0\\.1\\]?:6784 .*"), listening);
        }
        router.destroy();
        assertTrue(router.waitFor(START_TIME_MAX), "it ends");
        assertEquals(0, router.exitValue());
      } finally {
        router.destroyForcibly();
      }
    }
  }

  private static boolean isReady(Host host) {
    try {
      return host.control().get("/status").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Names of the links; numbers and counters may differ. */
  private static List<String> links(String listing) {
    return listing.lines().map(line -> line.split(":", 3)[1].strip()).sorted().toList();
  }
}
