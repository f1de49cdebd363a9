package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.NetworkNamespace;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers of Docker's own bridge and ours on one host (overlay.md D.4): a bridge {@code docker0}
 * as Docker makes it, with a namespace on it.
 */
final class DockerBridgeTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String GATEWAY = "172.17.0.1";
  private static final int MESH_PORT = 6_783;
  private static final int NAMES_PORT = 53;
  private static final int CONNECT_TIMEOUT_MILLIS = 1_500;
  private static final String[] TABLE = {"nft", "-s", "list", "table", "ip", "weave"};

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "iptables-nft-save", "iptables-legacy-save"));
  }

  /** Makes Docker's bridge on a host and returns a container on it. */
  private static Namespace docker(Underlay underlay, Host host) throws Exception {
    Namespace container = underlay.namespace("docker");
    host.namespace().ip("link", "add", "docker0", "type", "bridge");
    host.namespace().ip("addr", "add", GATEWAY + "/16", "dev", "docker0");
    host.namespace().ip("link", "set", "docker0", "up");
    host.namespace()
        .ip("link", "add", "dock1", "type", "veth", "peer", "eth0", "netns", container.name());
    host.namespace().ip("link", "set", "dock1", "master", "docker0", "up");
    container.ip("addr", "add", "172.17.0.2/16", "dev", "eth0");
    container.ip("link", "set", "eth0", "up");
    container.ip("route", "add", "default", "via", GATEWAY);
    host.namespace().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
    return container;
  }

  /** Docker has the host drop what it has no rule for. */
  @ParameterizedTest
  @ValueSource(strings = {"nft", "legacy"})
  void containersReachEachOtherWhereTheHostDropsWhatIsForwarded(String kind) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.namespace().run("iptables-" + kind, "-P", "FORWARD", "DROP").orFail();
      host.launch();
      Container one = host.attach();
      Container two = host.attach();
      one.reaches(two);
      String rules = host.namespace().run("iptables-" + kind, "-S", "FORWARD").orFail().out();
      assertTrue(rules.contains("-i weave -o weave"), rules);
    }
  }

  private static boolean reaches(Namespace from, String address) throws Exception {
    return from.run("ping", "-n", "-c", "1", "-W", "1", address).exit() == 0;
  }

  /** Whether the port of the mesh takes a connection. */
  private static boolean speaksToTheMesh(Namespace from) throws Exception {
    try (NetworkNamespace entered = NetworkNamespace.ofName(from.name())) {
      return entered.run(() -> {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(GATEWAY, MESH_PORT), CONNECT_TIMEOUT_MILLIS);
          return true;
        } catch (SocketTimeoutException e) {
          return false;
        }
      });
    }
  }

  /** The rules of every kind that name Docker's bridge. */
  private static String rules(Host host) throws Exception {
    StringBuilder rules = new StringBuilder();
    for (String[] list :
        List.of(TABLE, new String[] {"iptables-nft-save"}, new String[] {"iptables-legacy-save"})) {
      host.namespace()
          .run(list)
          .out()
          .lines()
          .filter(line -> line.contains("docker0"))
          .forEach(line -> rules.append(line).append('\n'));
    }
    return rules.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nft", "legacy"})
  void containersOfDockersBridgeReachNeitherOursNorTheMesh(String backend) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Namespace docker = docker(underlay, host);
      host.launch("--docker-bridge=", "--iptables-backend=" + backend);
      Container ours = host.attach();
      String exposed = host.weave("expose").strip();
      // First without: so what is refused later is refused by the rules and by nothing else.
      Await.until("Docker's reach ours", LIMIT, () -> reaches(docker, ours.address()), is -> is);
      assertTrue(speaksToTheMesh(docker));
      assertEquals("", rules(host));
      host.weave("stop");

      // Docker's usual bridge needs no flag.
      host.launch("--iptables-backend=" + backend);
      Await.until("rules", LIMIT, () -> rules(host), text -> text.contains("docker0"));
      assertFalse(reaches(docker, ours.address()), "Docker's reach ours");
      assertFalse(speaksToTheMesh(docker), "Docker's speak to the mesh");
      assertTrue(reaches(docker, GATEWAY), "the host itself is theirs");
      assertTrue(reaches(ours.namespace(), exposed));
      assertTrue(reaches(host.namespace(), ours.address()));
      try (var _ = Greeting.in(host.namespace(), NAMES_PORT, "names")) {
        assertEquals("names sees 172.17.0.2", Greeting.ask(docker, GATEWAY, NAMES_PORT));
      }

      String before = rules(host);
      // The router may put its rules back at any moment, also between two commands.
      Await.until("nothing of ours", LIMIT, () -> flush(host, backend), String::isEmpty);
      Await.until("rules put back", LIMIT, () -> rules(host), before::equals);
      host.weave("reset");
      assertEquals("", rules(host), "after reset");
    }
  }

  /** Removes the rules of a kind, and returns those that are there after that. */
  private static String flush(Host host, String backend) throws Exception {
    if (backend.isEmpty()) {
      host.namespace().run("nft", "flush", "ruleset").orFail();
      return rules(host);
    }
    for (String table : List.of("nat", "filter", "mangle")) {
      for (String what : List.of("-F", "-X")) {
        host.namespace().run("iptables-" + backend, "-t", table, what);
      }
    }
    return rules(host);
  }

  @Test
  void theRulesAreThoseOfTheOriginalInItsOrder() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      docker(underlay, host);
      host.launch("--docker-bridge", "docker0", "--iptables-backend", "nft", "--port", "7000");
      Await.until("rules", LIMIT, () -> rules(host), text -> text.contains("docker0"));
      List<String> saved =
          host.namespace()
              .run("iptables-nft-save", "-t", "filter")
              .out()
              .lines()
              .filter(line -> line.startsWith("-A "))
              .map(line -> line.replaceAll("-m comment --comment \"[^\"]*\" ", ""))
              .map(line -> line.replaceAll("-m (tcp|udp) ", ""))
              .toList();
      assertEquals(
          List.of(
              "-A INPUT -d 172.17.0.1/32 -i docker0 -p tcp --dport 7000 -j DROP",
              "-A INPUT -d 172.17.0.1/32 -i docker0 -p udp --dport 7000 -j DROP",
              "-A INPUT -d 172.17.0.1/32 -i docker0 -p udp --dport 7001 -j DROP",
              "-A INPUT -i docker0 -p udp --dport 53 -j ACCEPT",
              "-A INPUT -i docker0 -p tcp --dport 53 -j ACCEPT"),
          saved.stream()
              .filter(line -> line.startsWith("-A INPUT -"))
              .filter(line -> line.contains("docker0"))
              .toList());
      assertEquals(
          "-A FORWARD -i docker0 -o weave -j DROP",
          saved.stream().filter(line -> line.startsWith("-A FORWARD")).findFirst().orElseThrow());
    }
  }

  @Test
  void theBridgeKeepsItsMacWhateverPortsComeAndGo() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      docker(underlay, host);
      host.launch();
      String mac = mac(host);
      addPort(host, "dock2", "02:00:00:00:00:01");
      assertEquals(mac, mac(host), "a port with a lower one has come");
      host.namespace().ip("link", "delete", "dock1");
      assertEquals(mac, mac(host), "the first port has gone");
    }
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      docker(underlay, host);
      host.launch("--docker-bridge=");
      addPort(host, "dock2", "02:00:00:00:00:01");
      assertEquals("02:00:00:00:00:01", mac(host), "without us a bridge follows its ports");
    }
  }

  private static void addPort(Host host, String name, String mac) throws Exception {
    host.namespace().ip("link", "add", name, "address", mac, "type", "veth", "peer", "far");
    host.namespace().ip("link", "set", name, "master", "docker0", "up");
  }

  private static String mac(Host host) throws Exception {
    return host.namespace()
        .ip("-o", "link", "show", "docker0")
        .replaceAll("(?s).*link/ether (\\S+).*", "$1");
  }

  @Test
  void aBridgeThatIsNotThereIsNamed() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      Command.Output refused =
          host.weave(
              Map.of("DOCKER_BRIDGE", "nosuch"),
              List.of("launch", "--no-setup-cni", "--db-prefix", host.statePrefix()));
      assertEquals(1, refused.exit(), refused.toString());
      assertTrue(refused.err().contains("no bridge nosuch"), refused.toString());
    }
  }
}
