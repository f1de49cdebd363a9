package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traffic between two hosts as the old scripts send it: 100, 101, 110 and 190, rows D1 and D5. */
final class DataPathScriptsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final String INIT = "--ipalloc-init=consensus=2";
  private static final int TEN_KB = 10 * 1024;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void script100EveryKindOfAddressReachesAcrossAndIsKeptByTheRunningContainer() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT), a, b);
      a.awaitConnections("established", 1);
      Namespace onA = underlay.namespace("ca");
      Namespace onB = underlay.namespace("cb");
      String[] given = attach(a, onA, "10.99.0.1/24");
      String[] there = attach(b, onB, "10.99.0.2/24");
      for (int i = 0; i < given.length; i++) {
        new Container(onA, given[i]).reaches(new Container(onB, there[i]));
      }
      a.weave("stop");
      a.launch("--resume", INIT);
      a.awaitConnections("established", 1);
      assertEquals(List.of(given), List.of(attach(a, onA, "10.99.0.1/24")), "attached again");
      new Container(onA, given[2]).reaches(new Container(onB, there[2]));
      // Its interface is gone and nobody has called detach: it still has its addresses.
      onA.ip("link", "delete", "ethwe");
      Container other = a.attach();
      assertTrue(!List.of(given).contains(other.address()), other.address());
    }
  }

  private static String[] attach(Host host, Namespace container, String manual) throws Exception {
    String place = "netns:" + container.path();
    return host.weave("attach", manual, "net:default", "net:10.32.7.0/24", place)
        .strip()
        .split(" ", -1);
  }

  /** A stream, datagrams one by one and to a group, and what is no IPv4 at all. */
  @ParameterizedTest
  @ValueSource(strings = {"--log-level=info", "--no-fastdp", "--overlays=sleeve"})
  void script101StreamsDatagramsAndOtherProtocolsPassBetweenHosts(String flag) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT, flag), a, b);
      a.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      for (Container from : List.of(onA, onB)) {
        Container to = from.equals(onA) ? onB : onA;
        try (ContainerStream stream = ContainerStream.open(from, to)) {
          stream.transfer(100 * TEN_KB, 101);
        }
        GroupDatagrams.areHeardOnce(from, "239.1.2.3", List.of(to));
      }
      onA.namespace().ip("addr", "add", "fd00::a/64", "dev", "ethwe", "nodad");
      onB.namespace().ip("addr", "add", "fd00::b/64", "dev", "ethwe", "nodad");
      Await.until("IPv6 passes", LIMIT, () -> onA.ping("fd00::b", "-6").exit(), exit -> exit == 0);
      assertOneConnection(a, "");
      assertOneConnection(b, "");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--no-fastdp", "--overlays=sleeve"})
  void script110APasswordHidesWhatUserSpaceCarries(String flag) throws Exception {
    String text = "InPlainSight";
    String pattern = HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Map<String, String> password = Map.of("WEAVE_PASSWORD", "correct horse");
      a.launch(password, INIT, flag);
      try (Capture wire = Capture.start(underlay.wire(), underlay.port("a"))) {
        b.launch(password, INIT, flag, a.address());
        a.awaitConnections("established", 1);
        Container onA = a.attach();
        Container onB = b.attach();
        onA.reaches(onB, "-p", pattern);
        long before = wire.size();
        onB.ping(onA.address(), "-p", pattern, "-s", "1000", "-c", "5", "-i", "0.2").orFail();
        Await.until("it crosses", LIMIT, wire::size, size -> size > before + 5 * 1000);
        assertEquals(0, wire.count(text), "readable on the wire");
      }
      for (Host host : List.of(a, b)) {
        String shown = host.weave("status", "connections");
        assertTrue(shown.matches("(?s).* encrypted +sleeve.*"), shown);
        assertTrue(host.weave("status").contains("     Encryption: enabled\n"));
        assertOneConnection(host, "yes");
      }
    }
  }

  private static void assertOneConnection(Host host, String encryption) throws Exception {
    String page = host.control().get("/metrics").orFail();
    String pattern =
        "weave_connections\\{(?=.*state=\"established\").*encryption=\"%s\".*\\} 1"
            .formatted(encryption);
    List<String> found =
        page.lines()
            .filter(line -> line.startsWith("weave_connections{") && !line.endsWith(" 0"))
            .toList();
    assertEquals(1, found.size(), found.toString());
    assertTrue(found.getFirst().matches(pattern), found.getFirst());
  }

  /** By packet capture the bridge has the largest MTU there is, by TAP the device's own. */
  @ParameterizedTest
  @ValueSource(strings = {"pcap 65535", "tap 65521"})
  void script190ContainersWithTheLargestMtuPassTenKilobytes(String row) throws Exception {
    String[] cells = row.split(" ", -1);
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(INIT, "--no-fastdp", "--capture=" + cells[0]), a, b);
      a.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      for (Container from : List.of(onA, onB)) {
        String inside = from.namespace().ip("link", "show", "ethwe");
        assertTrue(inside.contains(" mtu " + cells[1] + " "), inside);
      }
      onA.reaches(onB);
      for (Container from : List.of(onA, onB)) {
        try (ContainerStream stream = ContainerStream.open(from, from.equals(onA) ? onB : onA)) {
          stream.transfer(TEN_KB, 190);
        }
      }
      onA.reaches(onB, "-s", "10000");
    }
  }
}
