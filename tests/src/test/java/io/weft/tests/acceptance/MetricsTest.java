package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What whole routers count (row S6 of the feature table, docs/metrics.md). */
final class MetricsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final Pattern ROW = Pattern.compile("^\\| `(we[a-z]+_[a-z0-9_]+)` \\|");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void s6EveryMetricPrintedIsInTheHandbookAndTheOtherWayRound() throws Exception {
    Set<String> handbook =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .map(ROW::matcher)
            .filter(Matcher::find)
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      host.attach();
      String page = host.control().get("/metrics").orFail();
      Set<String> printed =
          page.lines()
              .filter(line -> line.startsWith("# TYPE "))
              .map(line -> line.split(" ", -1)[2])
              .filter(name -> name.startsWith("we"))
              .collect(Collectors.toCollection(TreeSet::new));
      assertFalse(printed.isEmpty());
      assertEquals(handbook, printed);
      for (String sample :
          List.of(
              "weave_ips{state=\"local-used\"} 1",
              "weave_max_ips 1048576",
              "weave_ipam_unreachable_count 0",
              "weave_ipam_pending_allocates 0",
              "weave_ipam_pending_claims 0",
              "weave_connection_terminations_total 0")) {
        assertTrue(page.lines().anyMatch(sample::equals), sample + " not in " + page);
      }
    }
  }

  @Test
  void trafficAndTheEndOfANeighbourAreCounted() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of("--no-fastdp"), a, b);
      a.awaitConnections("established", 1);
      Container there = a.attach();
      Container here = b.attach();
      here.reaches(there);
      for (String counter :
          List.of(
              "weft_frames_captured_total",
              "weft_frames_received_total",
              "weft_frames_injected_total",
              "weft_frames_sent_unicast_total",
              "weft_frames_sent_broadcast_total",
              "weft_bridge_captured_total",
              "weft_conductor_events_total",
              "weft_state_writes_total",
              "weft_http_requests_total",
              "weft_sleeve2_bytes_sent_total",
              "weft_sleeve2_bytes_received_total",
              "weft_mesh_summaries_sent_total",
              "weft_mesh_requests_sent_total",
              "weft_mesh_deltas_sent_total",
              "weft_mesh_delta_bytes_sent_total",
              "weft_mesh_tcp_dialled_total",
              "weft_mesh_handshakes_total",
              "weft_mesh_tcp_links",
              "weft_mesh_bytes_in_total",
              "weft_mesh_bytes_out_total")) {
        assertTrue(b.control().metric(counter) > 0, counter);
      }
      assertTrue(a.control().metric("weft_mesh_tcp_accepted_total") > 0);
      assertEquals(0, b.control().metric("weft_mesh_connections_terminated_total"));
      heartbeatsShow(a, b);

      a.crash();
      for (String counter :
          List.of(
              "weft_mesh_connections_terminated_total",
              "weave_connection_terminations_total",
              "weft_mesh_dials_failed_total",
              "weft_mesh_tcp_dial_failures_total")) {
        Await.until(counter, LIMIT, () -> b.control().metric(counter), count -> count > 0);
      }
    }
  }

  private static void heartbeatsShow(Host a, Host b) throws Exception {
    // The round trip of sleeve is one test every five minutes, of which no fragment may be lost.
    for (String gauge :
        List.of(
            "weft_path_heartbeat_age_seconds{peer=\"%s\",path=\"sleeve2\"}",
            "weft_path_heartbeat_age_seconds{peer=\"%s\",path=\"sleeve\"}",
            "weft_path_rtt_seconds{peer=\"%s\",path=\"sleeve2\"}")) {
      String sample = gauge.formatted(a.peerName());
      Await.until(
          sample, LIMIT, () -> b.control().metric(sample), seconds -> seconds > 0 && seconds < 30);
    }
  }
}
