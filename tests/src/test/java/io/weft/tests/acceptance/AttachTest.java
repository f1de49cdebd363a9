package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code attach} and {@code attach-bridge} do beside giving addresses. */
final class AttachTest {
  private static final String ID = "fedcba9876543210".repeat(4);
  private static final String OTHER_ID = "0123456789abcdef".repeat(4);
  private static final String[] NAT = {"iptables", "-t", "nat", "-S", "POSTROUTING"};

  @TempDir private Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "unshare", "iptables"));
  }

  /** A process with a network, a host name and a file of hosts of its own. */
  private Process container(Path hosts) throws Exception {
    String script =
        "mount --bind \"$1\" /etc/hosts && hostname web.example && echo up && exec sleep 1000";
    Process process =
        Command.prepare(
                List.of("unshare", "-n", "-u", "-m", "sh", "-c", script, "sh", hosts.toString()),
                Map.of())
            .start();
    assertEquals("up", process.inputReader().readLine());
    return process;
  }

  @Test
  void namesAreWrittenIntoTheContainersFileOfHosts() throws Exception {
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost\n1.2.3.4 web\n");
    Process container = container(hosts);
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      String pid = Long.toString(container.pid());
      String first = host.weave("attach", "--rewrite-hosts", "--add-host", "db:192.0.2.7", pid);
      assertEquals(
          """
          # weave attach: begin
          %s web.example web
          192.0.2.7 db
          # weave attach: end
          127.0.0.1 localhost
          """
              .formatted(first.strip()),
          Files.readString(hosts));
      host.weave(
          "attach",
          "--rewrite-hosts",
          "--without-dns",
          "10.99.0.7/24",
          "netns:/proc/" + pid + "/ns/net");
      assertTrue(Files.readString(hosts).contains("10.99.0.7 web.example web\n"));

      Namespace shared = underlay.namespace("shared");
      Command.Output refused =
          host.weave(Map.of(), List.of("attach", "--rewrite-hosts", "netns:" + shared.path()));
      assertEquals(1, refused.exit());
      assertTrue(refused.err().contains("/etc/hosts of its own"), refused.err());
      assertEquals(2, host.weave("ps").lines().count(), "nothing has come of it");
    } finally {
      container.destroyForcibly().waitFor();
    }
  }

  @Test
  void aContainerWhoseNamesCannotBeWrittenIsNotAttachedAndHoldsNothing() throws Exception {
    Path hosts = Files.write(folder.resolve("hosts"), new byte[(1 << 20) + 1]);
    Process container = container(hosts);
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      String pid = Long.toString(container.pid());
      Command.Output refused = host.weave(Map.of(), List.of("attach", "--rewrite-hosts", pid));
      assertEquals(1, refused.exit());
      assertTrue(refused.err().contains("too large"), refused.err());
      assertEquals(1, host.weave("ps").lines().count(), "nothing has come of it");
      assertEquals((1 << 20) + 1, Files.size(hosts));
      assertFalse(host.weave("attach", pid).isBlank());
    } finally {
      container.destroyForcibly().waitFor();
    }
  }

  /** Row A1 of the feature table, with a daemon of the test's own. */
  @Test
  void a1AContainerOfDockersIsAttachedByItsNameAndFreedByItsId() throws Exception {
    Process container = container(Files.writeString(folder.resolve("hosts"), "\n"));
    try (Underlay underlay = new Underlay();
        ControlGroup group = ControlGroup.create(folder.resolve("groups"), ID);
        FakeDocker daemon = new FakeDocker(folder.resolve("docker.sock"))) {
      group.add(container.pid());
      daemon.runs("web", ID, container.pid());
      daemon.runs("elsewhere", OTHER_ID, container.pid());
      Host host = underlay.host("a");
      String socket = "unix://" + daemon.socket();
      host.launch("--docker-api", socket);
      Map<String, String> environment = Map.of("DOCKER_HOST", socket);
      String address = host.weave("attach", "web").strip();
      assertTrue(host.control().get("/ip/" + ID).orFail().startsWith(address + "/"));
      String line = host.weave("ps", ID.substring(0, 12));
      assertTrue(line.startsWith(ID.substring(0, 12) + " "), line);
      assertEquals(line, host.weave("ps", "web"));

      Command.Output unknown = host.weave(environment, List.of("attach", "nobody"));
      assertEquals(1, unknown.exit());
      assertTrue(unknown.err().contains("no container nobody"), unknown.err());
      Command.Output foreign = host.weave(environment, List.of("attach", "elsewhere"));
      assertEquals(1, foreign.exit());
      assertTrue(foreign.err().contains("in no control group of"), foreign.err());
      assertEquals("", host.control().get("/ip/" + OTHER_ID).orFail());
      assertEquals(address, host.weave(environment, List.of("detach", ID)).orFail().out().strip());
      assertEquals("", host.control().get("/ip/" + ID).orFail());
    } finally {
      container.destroyForcibly().waitFor();
    }
  }

  /** Row I19 of the feature table, without Docker: it is the namespace that goes. */
  @Test
  void i19WhatAContainerHadIsFreedSomeTimeAfterItIsGoneAndScript370AlsoWhileNoRouterRuns()
      throws Exception {
    Process first = container(Files.writeString(folder.resolve("hosts"), "\n"));
    Process second = container(folder.resolve("hosts"));
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--log-level=debug");
      Container staying = host.attach();
      String exposed = host.weave("expose").strip();
      String gone = host.weave("attach", Long.toString(first.pid())).strip();
      String later = host.weave("attach", Long.toString(second.pid())).strip();
      Await.until(
          "the router has seen the container",
          Duration.ofMinutes(1),
          () -> Files.readString(host.log()),
          log -> log.contains(" is behind vethwepl" + first.pid()));

      first.destroyForcibly().waitFor();
      Await.until(
          "the address of the container is free",
          Duration.ofMinutes(2),
          () -> host.control().get("/ip").orFail(),
          owned -> !owned.contains('"' + gone + "/"));
      assertTrue(host.control().get("/ip").orFail().contains('"' + later + "/"));

      host.weave("stop");
      second.destroyForcibly().waitFor();
      host.awaitWithoutLink("vethwepl" + second.pid());
      host.launch();
      String owned = host.control().get("/ip").orFail();
      assertFalse(owned.contains('"' + later + "/"), owned);
      for (String kept : List.of(staying.address(), exposed)) {
        assertTrue(owned.contains('"' + kept + "/"), owned);
      }
    } finally {
      first.destroyForcibly().waitFor();
      second.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatIsOffTheBridgeKeepsItsAddressesAlsoWhenTheBridgeIsMadeAnew() throws Exception {
    Process first = container(Files.writeString(folder.resolve("hosts"), "\n"));
    Process second = container(folder.resolve("hosts"));
    Process staying = container(folder.resolve("hosts"));
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--log-level=debug");
      String kept = host.weave("attach", Long.toString(staying.pid())).strip();
      String gone = host.weave("attach", Long.toString(first.pid())).strip();
      String later = host.weave("attach", Long.toString(second.pid())).strip();
      for (Process one : List.of(first, staying)) {
        Await.until(
            "the router has seen the container",
            Duration.ofMinutes(1),
            () -> Files.readString(host.log()),
            log -> log.contains(" is behind vethwepl" + one.pid()));
      }

      host.namespace().ip("link", "set", "vethwepl" + staying.pid(), "nomaster");
      // Whoever is gone is freed after as long as the other would be.
      first.destroyForcibly().waitFor();
      Await.until(
          "the address of the container that is gone is free",
          Duration.ofMinutes(2),
          () -> host.control().get("/ip").orFail(),
          owned -> !owned.contains('"' + gone + "/"));
      assertTrue(host.control().get("/ip").orFail().contains('"' + kept + "/"));

      host.weave("stop");
      second.destroyForcibly().waitFor();
      host.awaitWithoutLink("vethwepl" + second.pid());
      host.namespace().ip("link", "del", "weave");
      host.launch("--cni-socket=");
      String owned = host.control().get("/ip").orFail();
      assertTrue(owned.contains('"' + kept + "/"), owned);
      assertFalse(owned.contains('"' + later + "/"), "without CNI plugins as well: " + owned);
    } finally {
      for (Process one : List.of(first, second, staying)) {
        one.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void anotherBridgeBecomesOneEthernetWithOursUntilReset() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      assertEquals(1, host.weave(Map.of(), List.of("attach-bridge")).exit());
      host.launch();
      Container ours = host.attach();
      Command.Output none = host.weave(Map.of(), List.of("attach-bridge"));
      assertEquals(1, none.exit());
      assertTrue(none.err().contains("no other bridge docker0"), none.err());

      Namespace theirs = underlay.namespace("theirs");
      host.namespace().ip("link", "add", "docker0", "type", "bridge");
      host.namespace().ip("addr", "add", "172.17.0.1/16", "dev", "docker0");
      host.namespace().ip("link", "set", "docker0", "up");
      host.namespace()
          .ip("link", "add", "dock1", "type", "veth", "peer", "eth0", "netns", theirs.name());
      host.namespace().ip("link", "set", "dock1", "master", "docker0", "up");
      theirs.ip("addr", "add", "10.47.0.9/12", "dev", "eth0");
      theirs.ip("link", "set", "eth0", "up");
      assertEquals("", host.weave("attach-bridge"));
      assertEquals("", host.weave("attach-bridge", "docker0"), "again");
      Await.until(
          "the other bridge's container reaches ours",
          Duration.ofSeconds(30),
          () -> theirs.run("ping", "-n", "-c", "1", "-W", "1", ours.address()),
          ping -> ping.exit() == 0);
      String rules = host.namespace().run(NAT).orFail().out();
      assertEquals(1, rules.lines().filter(line -> line.contains("attach-bridge")).count(), rules);
      assertTrue(rules.contains("-s 172.17.0.0/16 -o weave"), rules);

      host.weave("reset");
      assertFalse(host.namespace().run(NAT).orFail().out().contains("attach-bridge"));
      assertFalse(host.namespace().ip("-o", "link").contains("vethweb"), "the cable");
    }
  }
}
