package io.weft.router.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.fastpath.BesideCounter;
import io.weft.fastpath.FastdpCounter;
import io.weft.fastpath.LaneCounter;
import io.weft.fastpath.UserVxlanCounter;
import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.ConnectionStatus.State;
import io.weft.gossip.MeshMetric;
import io.weft.gossip.netty.MeshTransportCounters;
import io.weft.ipam.AddressRange;
import io.weft.ipam.Cidr;
import io.weft.ipam.IpamStatus;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import io.weft.router.metrics.OverlayTotals;
import io.weft.sleeve.SleeveCounter;
import io.weft.sleeve.v2.Sleeve2Counter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class MetricsPageTest {
  @Test
  void theHandbookListsEveryCounterWithASentence() throws Exception {
    List<String> expected = new ArrayList<>();
    for (String gauge : MetricsPage.HEALTH_METRICS) {
      expected.add("| `%s` | ".formatted(gauge));
    }
    for (Counter counter : Counter.values()) {
      expected.add("| `%s` | %s |".formatted(counter.metricName(), counter.description()));
    }
    for (String metric : MetricsPage.BRIDGE_METRICS) {
      expected.add("| `%s` | ".formatted(metric));
    }
    for (MeshMetric metric : MeshMetric.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("mesh", metric)));
    }
    for (SleeveCounter counter : SleeveCounter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("sleeve", counter)));
    }
    for (Sleeve2Counter counter : Sleeve2Counter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("sleeve2", counter)));
    }
    for (BesideCounter counter : BesideCounter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("beside", counter)));
    }
    for (FastdpCounter counter : FastdpCounter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("fastdp", counter)));
    }
    for (LaneCounter counter : LaneCounter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("fastdp", counter)));
    }
    for (UserVxlanCounter counter : UserVxlanCounter.values()) {
      expected.add("| `%s` | ".formatted(MetricsPage.name("vxlan", counter)));
    }
    expected.add("| `%s` | ".formatted(MetricsPage.DATAPATH_METRIC));
    StringBuilder paths = new StringBuilder();
    PathMetrics.write(paths, List.of());
    paths
        .toString()
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .forEach(line -> expected.add("| `%s` | ".formatted(line.split(" ", -1)[2])));
    MeshTransportCounters tcp =
        new MeshTransportCounters(0, 0, 0, 0, 0, Map.of(), Map.of(), Map.of(), 0, 0);
    MetricsPage.of(tcp)
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .forEach(line -> expected.add("| `%s` | ".formatted(line.split(" ", -1)[2])));
    List<String> handbook =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .filter(line -> line.startsWith("| `weft_"))
            .toList();
    assertEquals(expected.size(), handbook.size(), "counters in docs/metrics.md");
    for (int i = 0; i < expected.size(); i++) {
      assertTrue(
          handbook.get(i).startsWith(expected.get(i)),
          "docs/metrics.md has " + handbook.get(i) + " instead of " + expected.get(i));
      assertTrue(handbook.get(i).endsWith(". |"), handbook.get(i) + " is no sentence");
    }
  }

  @Test
  void namesTheNeighbourAndTheOverlayOfEachPath() {
    StringBuilder page = new StringBuilder();
    PathMetrics.write(
        page,
        List.of(
            new RouterStatus.PathStatus(
                SampleStatus.ONE,
                "fastdp",
                1,
                2,
                3,
                4,
                5,
                new TreeMap<>(Map.of("replayed", 5L)),
                1_500_000_000,
                -1)));
    String labels = "{peer=\"7a:00:00:00:00:01\",path=\"fastdp\"";
    for (String sample :
        List.of(
            "weft_path_packets_total" + labels + ",direction=\"sent\"} 1",
            "weft_path_bytes_total" + labels + ",direction=\"received\"} 4",
            "weft_path_dropped_total" + labels + "} 5",
            "weft_path_drops_total" + labels + ",reason=\"replayed\"} 5",
            "weft_path_heartbeat_age_seconds" + labels + "} 1.500000")) {
      assertTrue(page.toString().lines().anyMatch(sample::equals), sample + " not in " + page);
    }
    assertFalse(page.toString().contains("weft_path_rtt_seconds{"), "a time not known: " + page);
  }

  @Test
  void saysWhatIsAmissWithAddresses() throws Exception {
    Cidr range = Cidr.parse("10.32.0.0/24");
    AddressRange first = new AddressRange(range.address(), range.address() + 8);
    AddressRange second = new AddressRange(range.address() + 16, range.address() + 20);
    IpamStatus.Health health =
        new IpamStatus.Health(
            null,
            List.of(new IpamStatus.Quarantined(List.of(first, second), SampleStatus.ONE, "", "x")),
            12,
            List.of(new IpamStatus.Disputed("10.32.0.9", "c1", SampleStatus.ONE, "", true)),
            5,
            null,
            false);
    IpamStatus ipam =
        new IpamStatus(
            "ready",
            range,
            range,
            256,
            3,
            null,
            List.of(),
            List.of(new IpamStatus.Owner(SampleStatus.ONE, "", 64, 25.0, false, false, 0)),
            List.of(new IpamStatus.Claim("c1", range)),
            List.of("c1 10.32.0.0/24", "c2 10.32.0.0/24"),
            health);
    String page =
        MetricsPage.of(
            SampleStatus.alone(true, ipam),
            new Counters(),
            new OverlayTotals(counter -> 0, counter -> 0, counter -> 0));
    for (String sample :
        List.of(
            "weave_ips{state=\"local-used\"} 3",
            "weave_max_ips 256",
            "weave_ipam_unreachable_count 1",
            "weave_ipam_unreachable_percentage 25.0",
            "weave_ipam_pending_allocates 2",
            "weave_ipam_pending_claims 1",
            "weft_ipam_quarantined_ranges 2",
            "weft_ipam_quarantined_addresses 12",
            "weft_ipam_disputed_addresses 1",
            "weft_ipam_contradictions_total 5")) {
      assertTrue(page.lines().anyMatch(sample::equals), sample + " is missing from\n" + page);
    }
  }

  @Test
  void countsConnectionsByStateTypeAndEncryption() {
    ConnectionStatus sealed =
        new ConnectionStatus(
            "10.0.0.1:1",
            true,
            State.ESTABLISHED,
            "",
            new TreeMap<>(Map.of("name", "sleeve", "encrypted", true)));
    ConnectionStatus failed = new ConnectionStatus("10.0.0.2:1", true, State.FAILED, "", null);
    RouterStatus status =
        SampleStatus.of(true, List.of(), List.of(sealed, failed), List.of(), null);
    String page =
        MetricsPage.of(
            status, new Counters(), new OverlayTotals(counter -> 5, counter -> 6, counter -> 7));
    for (String sample :
        List.of(
            "weave_connections{encryption=\"\",state=\"established\",type=\"sleeve\"} 0",
            "weave_connections{encryption=\"yes\",state=\"established\",type=\"sleeve\"} 1",
            "weave_connections{encryption=\"\",state=\"failed\",type=\"unknown\"} 1",
            "# TYPE weave_connections gauge",
            "weft_bridge_captured_total 20",
            "weft_bridge_dropped_by_kernel_total 1",
            "weft_bridge_dropped_by_interface_total 2",
            "weft_bridge_injections_refused_total 3",
            "weft_sleeve_datagrams_sent_total 5",
            "weft_sleeve2_datagrams_sent_total 6",
            "weave_connection_terminations_total 0")) {
      assertTrue(page.lines().anyMatch(sample::equals), sample + " is missing from\n" + page);
    }
  }
}
