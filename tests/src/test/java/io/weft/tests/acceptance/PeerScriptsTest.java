package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobWriter;
import io.weft.linux.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is connected to whom, and what peers are called: rows L9, L10, L12, L13 and L15. */
final class PeerScriptsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  @TempDir private Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void script120AChainBecomesAMeshByDiscoveryAndOutlivesItsMiddle() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String init = "--ipalloc-init=consensus=3";
      a.launch(init);
      b.launch(init, a.address());
      a.awaitConnections("established", 1);
      c.launch(init, b.address());
      for (Host host : List.of(a, b, c)) {
        host.awaitConnections("established", 2);
      }
      assertTrue(a.weave("status", "connections").contains("(c)"), "a has found c");
      assertEquals("", a.weave("status", "targets").strip(), "what is discovered is no target");
      Container onA = a.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      b.weave("stop");
      a.awaitConnections("established", 1);
      onA.reaches(onC);
      onC.reaches(onA);
    }
  }

  /** With the kernel's overlay the middle would go on without its router, for ten minutes. */
  @Test
  void script120WithoutDiscoveryTheMiddleCarriesEverything() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String[] flags = {"--no-discovery", "--no-fastdp", "--ipalloc-init=consensus=3"};
      a.launch(flags);
      b.launch(flags[0], flags[1], flags[2], a.address());
      c.launch(flags[0], flags[1], flags[2], b.address());
      b.awaitConnections("established", 2);
      Container onA = a.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      a.awaitConnections("established", 1);
      b.weave("stop");
      Await.until("no way is left", LIMIT, () -> onA.ping(onC.address()).exit(), exit -> exit != 0);
    }
  }

  @Test
  void script150TargetsAreConnectedReplacedAndForgotten() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch();
      b.launch();
      a.weave("connect", "192.0.2.99", b.address());
      assertEquals(Set.of("192.0.2.99", b.address()), targets(a));
      a.awaitConnections("established", 1);
      String bogus = a.weave("status", "connections");
      assertTrue(bogus.contains("-> 192.0.2.99:6783"), bogus);

      a.weave("forget", "192.0.2.99");
      assertEquals(Set.of(b.address()), targets(a));
      Await.until(
          "it is not dialled any more",
          LIMIT,
          () -> a.weave("status", "connections"),
          text -> !text.contains("192.0.2.99"));

      a.weave("connect", "--replace", "192.0.2.98");
      assertEquals(Set.of("192.0.2.98"), targets(a));
      a.awaitConnections("established", 1);
      a.weave("connect", "--replace", b.address());
      a.weave("forget", b.address());
      assertEquals(Set.of(), targets(a));
      a.awaitConnections("established", 1);

      b.crash();
      a.awaitConnections("established", 0);
      Await.until(
          "a forgotten peer is not dialled again",
          LIMIT,
          () -> a.weave("status", "connections").strip(),
          String::isEmpty);
      Command.Output unknown = a.weave(Map.of(), List.of("connect", "nowhere.invalid"));
      assertEquals(1, unknown.exit());
      assertTrue(unknown.err().contains("nowhere.invalid"), unknown.err());
    }
  }

  @Test
  void script175TheListOfTargetsOutlivesARestartUnlessAnotherIsGiven() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      a.launch();
      c.launch();
      b.launch(a.address());
      b.weave("connect", c.address());
      Set<String> both = Set.of(a.address(), c.address());
      assertEquals(both, targets(b));

      b.weave("stop");
      b.launch("--resume");
      assertEquals(both, targets(b));
      b.awaitConnections("established", 2);
      b.weave("forget", a.address());
      b.crash();
      b.launch("--resume");
      assertEquals(Set.of(c.address()), targets(b), "what was forgotten, too");

      b.weave("stop");
      b.launch(a.address());
      assertEquals(Set.of(a.address()), targets(b), "another list takes its place");
      b.weave("stop");
      Command.Output refused =
          b.weave(
              Map.of(),
              List.of(
                  "launch",
                  "--no-setup-cni",
                  "--db-prefix",
                  b.statePrefix(),
                  "--resume",
                  a.address()));
      assertEquals(1, refused.exit());
      assertTrue(refused.err().contains("in conjunction with --resume"), refused.err());
    }
  }

  @Test
  void script390APeerKeepsItsNameThroughEverythingButAResetOnAnotherMachine() throws Exception {
    Path root = Files.createDirectories(folder.resolve("root"));
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/machine-id"), "11111111111111111111111111111111\n");
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      List<String> launch =
          List.of(
              "launch",
              "--no-setup-cni",
              "--host-root=" + root,
              "--proc-path=/proc",
              "--db-prefix=" + host.statePrefix());
      host.weave(Map.of(), launch).orFail();
      String name = name(host);
      assertEquals(name, printed(host, "--host-root=" + root), "asked while it runs");
      host.weave("stop");

      Files.writeString(root.resolve("etc/machine-id"), "22222222222222222222222222222222\n");
      host.weave(Map.of(), launch).orFail();
      assertEquals(name, name(host), "the bridge has it");
      host.weave("reset");
      assertFalse(host.namespace().ip("link").contains("weave"), "the bridge is gone");
      String other = printed(host, "--host-root=" + root);
      assertNotEquals(name, other, "another machine");
      assertEquals(other, printed(host, "--host-root=" + root), "and always the same");
      host.weave(Map.of(), launch).orFail();
      assertEquals(other, name(host));
      host.weave("stop");
      host.namespace().ip("link", "delete", "weave");
      host.weave(Map.of(), launch).orFail();
      assertEquals(other, name(host), "also without its bridge");
      assertEquals("00:00:00:00:00:04", printed(host, "--name=::4"));
    }
  }

  @Test
  void l15BeyondTheLimitPeersAreTurnedAway() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      a.launch("--conn-limit=1", "--no-discovery");
      b.launch("--no-discovery", a.address());
      a.awaitConnections("established", 1);
      c.launch("--no-discovery", a.address());
      Await.until(
          "the log names the limit",
          LIMIT,
          () -> Files.readString(a.log()),
          text -> text.contains("Connection limit reached (1)"));
      c.awaitConnections("established", 0);
      a.awaitConnections("established", 1);
    }
  }

  /** Weave Net's DNS dates what it says (mesh.md 5.7). */
  @Test
  void aPeerWhoseClockIsWrongIsDisconnectedAndTheLogSaysByHowMuch() throws Exception {
    GobType.Struct names = GobType.struct("GossipData", GobType.field("Timestamp", GobType.INT64));
    byte[] longAgo =
        new GobWriter().write(GobStruct.builder(names).integer("Timestamp", 1).build()).toBytes();
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host stranger = underlay.host("s");
      a.launch();
      b.launch(a.address());
      b.awaitConnections("established", 1);
      try (NetworkNamespace entered = NetworkNamespace.ofName(stranger.namespace().name())) {
        entered.perform(() -> {
          PeerName name = PeerName.parse("02:00:00:00:00:07");
          try (ScriptedPeer peer = ScriptedPeer.connect(stranger.address(), a.address(), name)) {
            peer.gossip("nameserver", longAgo);
            Await.until("hung up", LIMIT, peer::isEnded, ended -> ended);
          }
        });
      }
      Pattern reason = Pattern.compile("host clock skew of -1\\d{9}s exceeds 900s limit");
      Await.until(
          "the log names the skew",
          LIMIT,
          () -> Files.readString(a.log()),
          text -> reason.matcher(text).find());
      b.awaitConnections("established", 1);
    }
  }

  private static Set<String> targets(Host host) throws Exception {
    return new TreeSet<>(host.weave("status", "targets").strip().lines().toList());
  }

  private static String name(Host host) throws Exception {
    return host.weave("report", "-f", "{{.Router.Name}}").strip();
  }

  private static String printed(Host host, String flag) throws Exception {
    return host.weave(
            Map.of(),
            List.of(
                "launch",
                "--no-setup-cni",
                "--print-peer-name",
                flag,
                "--db-prefix=" + host.statePrefix()))
        .orFail()
        .out()
        .strip();
  }
}
