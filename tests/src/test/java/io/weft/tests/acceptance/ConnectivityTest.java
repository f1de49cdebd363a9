package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** Two hosts: what gets through, and what a listener on the wire sees of it. */
final class ConnectivityTest {
  /** Sixteen bytes, as many as {@code ping -p} repeats; nothing else on the wire holds them. */
  private static final String PATTERN = "PlainTextPattern";

  private static final String PATTERN_HEX =
      HexFormat.of().formatHex(PATTERN.getBytes(StandardCharsets.US_ASCII));

  private static final Duration LIMIT = Duration.ofSeconds(45);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void containersReachEachOtherAndOnlyAPasswordHidesWhatTheySay(boolean encrypted)
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      String[] password = encrypted ? new String[] {"--password", "correct horse"} : new String[0];
      a.launch(with(password, "--ipalloc-init", "consensus=2"));
      b.launch(with(password, "--ipalloc-init", "consensus=2", a.address()));
      a.awaitConnections("established", 1);
      b.awaitConnections("established", 1);
      String connections = b.weave("status", "connections");
      assertEquals(encrypted, connections.contains(" encrypted "), "as status tells");
      boolean hasEsp = b.weave("status").contains("encrypted by ESP");
      assertEquals(
          encrypted && !hasEsp,
          connections.contains(" reason=fastdp-kernel-has-no-esp"),
          connections);
      try (Capture wire = Capture.start(underlay.wire(), underlay.port("a"))) {
        Container onA = a.attach();
        Container onB = b.attach();
        onA.reaches(onB, "-p", PATTERN_HEX);
        onB.reaches(onA, "-p", PATTERN_HEX, "-s", "1200");
        onB.reaches(onA, "-p", PATTERN_HEX, "-s", "5000");
        if (encrypted) {
          awaitTraffic(wire);
          assertEquals(0, wire.count(PATTERN), "the pattern is readable on the wire");
        } else {
          Await.until("the pattern is seen", LIMIT, () -> wire.count(PATTERN), seen -> seen > 100);
        }
      }
    }
  }

  /** With trust on both sides the data is plain, and the mesh's own TCP is sealed all the same. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trustOnBothSidesUncoversTheDataAndNotTheMesh(boolean password) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Map<String, String> environment = password ? Map.of("WEAVE_PASSWORD", "secret") : Map.of();
      String trust = "--trusted-subnets=192.0.2.0/24";
      a.launch(environment, trust, "--ipalloc-init=consensus=2");
      try (Capture mesh =
              Capture.start(underlay.wire(), underlay.port("a"), "tcp", "port", "6783");
          Capture data = Capture.start(underlay.wire(), underlay.port("a"), "udp")) {
        b.launch(environment, trust, "--ipalloc-init=consensus=2", a.address());
        b.awaitConnections("established", 1);
        a.attach().reaches(b.attach(), "-p", PATTERN_HEX, "-s", "1200");
        Await.until("the pattern is seen", LIMIT, () -> data.count(PATTERN), seen -> seen > 10);
        Await.until("the mesh has talked", LIMIT, mesh::size, bytes -> bytes > 2_000);
        assertEquals(!password, mesh.count("IPallocation") > 0, "the mesh's channels are readable");
        assertFalse(b.weave("status", "connections").contains(" encrypted "), "as status tells");
      }
    }
  }

  @Test
  void aWrongPasswordIsShownAsTheReasonAndHarmsNobodyElse() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host stranger = underlay.host("s");
      a.launch("--password", "right", "--ipalloc-init", "consensus=2");
      b.launch(Map.of("WEAVE_PASSWORD", "right"), "--ipalloc-init", "consensus=2", a.address());
      b.awaitConnections("established", 1);
      stranger.launch("--password", "wrong", "--ipalloc-init", "consensus=2", a.address());
      Await.until(
          "the stranger is told why it stays outside",
          LIMIT,
          () -> stranger.control().get("/status/connections").body(),
          text ->
              (text.contains(" failed ") || text.contains(" retrying "))
                  && text.contains("Unable to decrypt TCP msg"));
      assertTrue(
          stranger.weave("status", "connections").contains("Unable to decrypt TCP msg"),
          "the command shows the same");
      assertEquals(List.of("s"), peersSeenBy(stranger), "the stranger learns of nobody");
      assertEquals(List.of("a", "b"), peersSeenBy(a), "nobody learns of the stranger");
      b.awaitConnections("established", 1);
      a.attach().reaches(b.attach());
    }
  }

  private static List<String> peersSeenBy(Host host) throws Exception {
    return host.control()
        .get("/status/peers")
        .body()
        .lines()
        .filter(line -> !line.startsWith(" "))
        .map(line -> line.replaceFirst(".*\\((.*)\\).*", "$1"))
        .sorted()
        .toList();
  }

  /** Until the last of some 15 kB of pings must have been written to the file. */
  private static void awaitTraffic(Capture wire) throws Exception {
    Await.until("the pings are captured", LIMIT, wire::size, bytes -> bytes > 12_000);
  }

  private static String[] with(String[] first, String... more) {
    String[] all = new String[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }
}
