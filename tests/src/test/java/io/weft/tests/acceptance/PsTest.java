package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that tell what is on a host: rows S4 and D15 of the feature table, script 140. */
final class PsTest {
  @TempDir private Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void s4ListsTheBridgeAndEveryContainerWithTheirAddresses() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      assertEquals("weave:expose " + host.peerName() + "\n", host.weave("ps"), "before anything");
      String exposed = host.weave("expose").strip();
      Container one = host.attach();
      Namespace two = underlay.namespace("two");
      String both =
          host.weave("attach", "net:default", "ip:10.99.0.7/24", "netns:" + two.path()).strip();

      String lines = host.weave("--local", "ps");
      List<String> expected =
          List.of(
              "weave:expose " + host.peerName() + " " + exposed + "/12",
              line(one.namespace(), one.address() + "/12"),
              line(two, both.replaceFirst(" .*", "") + "/12 10.99.0.7/24"));
      assertEquals(expected.stream().sorted().toList(), lines.lines().sorted().toList());
      for (String name : List.of(ident(two), "netns:" + two.path(), two.name())) {
        assertEquals(expected.get(2) + "\n", host.weave("ps", name), name);
      }
      assertEquals(1, host.weave(Map.of(), List.of("ps", "nobody")).exit());

      host.weave("detach", "netns:" + one.namespace().path());
      assertEquals(2, host.weave("ps").lines().count(), "one is gone");
      assertEquals(expected.getFirst() + "\n", host.weave("ps", "weave:expose"));
    }
  }

  /** A container attached by a runtime goes by its own id, cut as runtimes cut it. */
  @Test
  void s4NamesContainersOfARuntimeByTheirOwnId() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      Namespace container = underlay.namespace("c");
      String id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
      new CniCaller(host, folder)
          .add(id, container, "eth0", CniTest.configuration("1.0.0", ""))
          .orFail();
      String line = host.weave("ps", id);
      assertTrue(line.matches("0123456789ab ([0-9a-f]{2}:){5}[0-9a-f]{2} 10\\.\\S+/12\n"), line);
      assertEquals(line, host.weave("ps", "0123456789ab"));
    }
  }

  @Test
  void d15NamesTheKindOfBridge() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Command.Output none = host.weave(Map.of(), List.of("bridge-type"));
      assertEquals(1, none.exit());
      assertTrue(none.err().contains("weave bridge not found"), none.err());
      host.launch("--no-fastdp");
      assertEquals("bridge\n", host.weave("bridge-type"));
      host.weave("stop");
      host.launch();
      boolean isFast = host.weave("status").contains("Datapath: kernel");
      assertEquals(isFast ? "bridged_fastdp\n" : "bridge\n", host.weave("bridge-type"));
    }
  }

  @Test
  void theAddressOfDockersBridgeIsReadFromIt() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      assertEquals(1, host.weave(Map.of(), List.of("docker-bridge-ip")).exit());
      host.namespace().ip("link", "add", "docker7", "type", "bridge");
      host.namespace().ip("addr", "add", "172.20.0.1/16", "dev", "docker7");
      Command.Output printed =
          host.weave(Map.of("DOCKER_BRIDGE", "docker7"), List.of("docker-bridge-ip"));
      assertEquals("172.20.0.1\n", printed.orFail().out());
    }
  }

  private static String ident(Namespace namespace) throws Exception {
    return "netns-" + Files.getAttribute(namespace.path(), "unix:ino");
  }

  private static String line(Namespace container, String addresses) throws Exception {
    String mac =
        container.ip("-o", "link", "show", "ethwe").replaceFirst("(?s).*ether (\\S+) .*", "$1");
    return ident(container) + " " + mac + " " + addresses;
  }
}
