package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ethtool;
import io.weft.linux.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The overlay between Weft routers, on paths that behave and on such that do not. */
final class Sleeve2Test {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MEGABYTE = 1 << 20;
  private static final Pattern COUNTER = Pattern.compile("packets (\\d+) bytes (\\d+)");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void threeHostsUseItOnTheirOwnAccordAndCarryPingsAndStreams(boolean encrypted) throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = launch(underlay, 3, encrypted);
      for (Host host : hosts) {
        awaitStatus(host, " sleeve2 ", 2);
        awaitStatus(host, encrypted ? "encrypted=true" : " sleeve2 ", 2);
        awaitStatus(host, encrypted ? "mtu=1420" : "mtu=1436", 2);
      }
      List<Container> containers = new ArrayList<>();
      for (Host host : hosts) {
        containers.add(host.attach());
      }
      for (Container from : containers) {
        for (Container to : containers) {
          from.reaches(to);
          from.reaches(to, "-s", "10000");
        }
      }
      try (TcpStream stream = TcpStream.between(containers.get(0), containers.get(2))) {
        awaitBytes(stream, 20 * MEGABYTE);
      }
      assertTrue(metric(hosts.get(0), "weft_sleeve2_frames_sent_total") > 100, "not by sleeve");
    }
  }

  @Test
  void aStreamGoesOnAfterARouterWasKilledAndStartedAgain() throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = launch(underlay, 2, true);
      Host a = hosts.get(0);
      Host b = hosts.get(1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        awaitBytes(stream, 5 * MEGABYTE);
        a.crash();
        a.launch(arguments(2, true, b.address()));
        awaitStatus(b, " sleeve2 ", 1);
        awaitBytes(stream, stream.received() + 20 * MEGABYTE);
      }
    }
  }

  @Test
  void findsAnUnderlayOf1400BytesAndCarriesLongerFramesAllTheSame() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      for (Host host : List.of(a, b)) {
        host.namespace().ip("link", "set", "eth0", "mtu", "1400");
        underlay.wire().ip("link", "set", underlay.port(host.label()), "mtu", "1400");
      }
      a.launch(arguments(2, true));
      b.launch(arguments(2, true, a.address()));
      awaitStatus(a, "mtu=1320", 1);
      awaitStatus(b, "mtu=1320", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB, "-s", "5000");
      onA.reaches(onB, "-M", "do", "-s", "1340");
      try (TcpStream stream = TcpStream.between(onB, onA)) {
        awaitBytes(stream, 10 * MEGABYTE);
      }
    }
  }

  /**
   * Which datagrams are lost follows from {@code -Dweft.seed=N}: a hash of what tells them apart.
   * Each is a packet of its own on the wire, as the device of neither host cuts runs. The packets
   * of the containers fit a datagram: one that is as long as an aggregate is not cut, whatever is
   * lost.
   */
  @Test
  void lossOfOnePercentDegradesAndNeverWedges() throws Exception {
    int seed = Integer.getInteger("weft.seed", (int) System.nanoTime());
    System.out.println("-Dweft.seed=" + seed);
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      for (Host host : List.of(a, b)) {
        try (NetworkNamespace entered = NetworkNamespace.ofName(host.namespace().name())) {
          entered.perform(() -> Ethtool.disableTxChecksumOffload("eth0"));
        }
      }
      a.launch(arguments(2, true));
      b.launch(arguments(2, true, a.address()));
      awaitStatus(a, " sleeve2 ", 1);
      awaitStatus(b, " sleeve2 ", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      for (Container container : List.of(onA, onB)) {
        container.namespace().ip("link", "set", "ethwe", "mtu", "1400");
      }
      onA.reaches(onB);
      nft(
          underlay.wire(),
          """
          table bridge loss {
            chain forward {
              type filter hook forward priority 0;
              udp dport 6783 counter
              udp dport 6783 jhash @th,88,120 mod 100 seed %#x == 0 counter drop
            }
          }
          """
              .formatted(seed));
      String what = ", seed %#x".formatted(seed);
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        Await.until("many are lost" + what, LIMIT, () -> passed(underlay), all -> all.lost() > 50);
        long aggregates = metric(a, "weft_sleeve2_aggregates_sent_total");
        long datagrams = metric(a, "weft_sleeve2_datagrams_sent_total");
        Await.until("and more" + what, LIMIT, () -> passed(underlay), all -> all.lost() > 200);
        aggregates = metric(a, "weft_sleeve2_aggregates_sent_total") - aggregates;
        datagrams = metric(a, "weft_sleeve2_datagrams_sent_total") - datagrams;
        assertTrue(datagrams <= 1.2 * aggregates, datagrams + " in " + aggregates + what);
        awaitBytes(stream, stream.received() + 5 * MEGABYTE);
        awaitStatus(a, " sleeve2 ", 1);
      }
      Passed all = passed(underlay);
      assertTrue(all.bytes() <= 1_514 * all.packets(), "each on its own: " + all);
      double share = (double) all.lost() / all.packets();
      assertTrue(share > 0.005 && share < 0.015, "lost " + share + " of " + all + what);
    }
  }

  /** What the wire has counted. */
  private record Passed(long packets, long bytes, long lost) {}

  private static Passed passed(Underlay underlay) throws Exception {
    String rules = underlay.wire().run("nft", "list", "table", "bridge", "loss").orFail().out();
    List<MatchResult> counters = COUNTER.matcher(rules).results().toList();
    return new Passed(
        Long.parseLong(counters.get(0).group(1)),
        Long.parseLong(counters.get(0).group(2)),
        Long.parseLong(counters.get(1).group(1)));
  }

  @Test
  void sleeveCarriesWhereADatagramOfSleeve2DoesNotPassAndStatusSaysWhy() throws Exception {
    try (Underlay underlay = new Underlay()) {
      List<Host> hosts = launch(underlay, 2, false);
      nft(
          underlay.wire(),
          """
          table bridge filter {
            chain forward {
              type filter hook forward priority 0;
              udp dport 6783 @th,64,24 0xff5732 drop
            }
          }
          """);
      for (Host host : hosts) {
        host.awaitPaths("sleeve fastdp-switched-off-here,sleeve2-no-answer");
      }
      hosts.get(0).attach().reaches(hosts.get(1).attach());
      nft(underlay.wire(), "delete table bridge filter");
      for (Host host : hosts) {
        host.awaitPaths("sleeve2 fastdp-switched-off-here");
      }
    }
  }

  private static List<Host> launch(Underlay underlay, int count, boolean encrypted)
      throws Exception {
    List<Host> hosts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Host host = underlay.host(String.valueOf((char) ('a' + i)));
      host.launch(
          hosts.isEmpty()
              ? arguments(count, encrypted)
              : arguments(count, encrypted, hosts.getFirst().address()));
      hosts.add(host);
    }
    for (Host host : hosts) {
      awaitStatus(host, " sleeve2 ", count - 1);
    }
    return hosts;
  }

  private static String[] arguments(int hosts, boolean encrypted, String... peers) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--ipalloc-init", "consensus=" + hosts, "--overlays", "sleeve2,sleeve"));
    if (encrypted) {
      arguments.addAll(List.of("--password", "correct horse"));
    }
    arguments.addAll(Arrays.asList(peers));
    return arguments.toArray(String[]::new);
  }

  private static void awaitStatus(Host host, String text, int lines) throws Exception {
    Await.until(
        "host %s has %d connections with \"%s\"".formatted(host.label(), lines, text),
        LIMIT,
        () -> host.control().get("/status/connections").body(),
        body ->
            body.lines()
                    .filter(line -> line.contains(" established ") && line.contains(text))
                    .count()
                == lines);
  }

  private static void awaitBytes(TcpStream stream, long bytes) throws Exception {
    Await.until("the stream has brought " + bytes, LIMIT, stream::received, got -> got >= bytes);
  }

  private static long metric(Host host, String name) throws Exception {
    return host.control()
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .sum();
  }

  private static void nft(Namespace namespace, String ruleset) throws Exception {
    Path file = Files.createTempFile("weft-test", ".nft");
    try {
      Files.writeString(file, ruleset);
      namespace.run("nft", "-f", file.toString()).orFail();
    } finally {
      Files.delete(file);
    }
  }
}
