package io.weft.tests.overlaybench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReportTest {
  private static final Figures SLOW = new Figures(100, 200, 10, 50, 1.25, 0.2, 0.4, 8, 64);
  private static final Figures FAST = new Figures(800, 900, 20, 500, 0, 0.1, 0.3, 5, 128);

  private static Map<String, Figures> measured() {
    Map<String, Figures> medians = new LinkedHashMap<>();
    medians.put("kernel-vxlan", new Figures(1000, 1000, 100, 900, 0, 0.02, 0.05, 1, 0));
    medians.put("fastd", SLOW);
    medians.put("sleeve2-encrypted", FAST);
    return medians;
  }

  @Test
  void writesAnObjectForEachPathInOrder() throws Exception {
    JsonNode paths = new ObjectMapper().readTree(new Report(measured()).json());
    List<String> names = new ArrayList<>();
    paths.forEach(path -> names.add(path.path("path").asText()));
    assertEquals(List.of("kernel-vxlan", "fastd", "sleeve2-encrypted"), names);
    List<String> fields = new ArrayList<>();
    paths.get(1).fieldNames().forEachRemaining(fields::add);
    assertEquals(
        List.of(
            "path",
            "tcp1_mbps",
            "tcp4_mbps",
            "udp64_kpps",
            "udp1400_mbps",
            "loss_percent",
            "ping_p50_ms",
            "ping_p99_ms",
            "cpu_s_per_gb",
            "rss_mb"),
        fields);
    assertEquals(1.25, paths.get(1).path("loss_percent").asDouble());
    assertEquals(0.1, paths.get(2).path("ping_p50_ms").asDouble());
  }

  @Test
  void comparesWithTheKernelAndWithTheBestPeer() {
    Report report = new Report(measured());
    assertTrue(report.table().contains("| fastd                 |         100 |"), report.table());
    assertTrue(
        report.ratios().contains("| sleeve2-encrypted     |        0.80 |"), "to the kernel");
    assertTrue(report.ratios().contains("| sleeve2-encrypted     |        8.00 |"), "to fastd");
    Map<String, Figures> alone = Map.of("sleeve", FAST);
    assertEquals("", new Report(alone).ratios(), "nothing to compare with");
  }

  @Test
  void saysOfEachGoalWhetherItIsReached() {
    List<String> goals = new Report(measured()).goals().lines().toList();
    assertEquals(5, goals.size(), goals.toString());
    assertTrue(goals.get(0).endsWith("best peer, at least 8: 8.00, reached"), goals.get(0));
    assertTrue(goals.get(1).endsWith("at least 0.75: 0.80, reached"), goals.get(1));
    assertTrue(goals.get(2).endsWith("at least 1: 2.00, reached"), goals.get(2));
    assertTrue(goals.get(3).endsWith("at least 2: 1.60, not reached"), goals.get(3));
    assertTrue(goals.get(4).endsWith("at least 3: 2.00, not reached"), goals.get(4));
  }

  @Test
  void holdsTheKernelPathAgainstTheKernelAlone() {
    Map<String, Figures> medians = new LinkedHashMap<>();
    medians.put(DataPath.LIMIT, SLOW);
    medians.put("fastdp", FAST);
    List<String> goals = new Report(medians).goals().lines().toList();
    assertEquals(5, goals.size(), goals.toString());
    assertTrue(goals.get(0).endsWith("at least 1: 8.00, reached"), goals.get(0));
    assertTrue(goals.get(3).endsWith("at least 1/1.05: 2.00, reached"), goals.get(3));
    assertTrue(goals.get(4).endsWith("at least 50: 1.60, not reached"), goals.get(4));
  }

  @Test
  void comparesTheSmallPacketGoalWithWhatTheSenderManages() {
    Map<String, Figures> withVeth = measured();
    assertFalse(new Report(withVeth).goals().contains("veth"), "not measured");
    withVeth.put("veth", new Figures(2000, 2000, 150, 900, 0, 0.01, 0.02, 0.5, 0));
    String last = new Report(withVeth).goals().lines().toList().getLast();
    assertTrue(last.contains("veth alone, 64 B packets / best peer: 15.00"), last);
  }

  @Test
  void writesTheSectionOfTheDocumentWhole() {
    List<String> lines = new Report(measured()).section("the run").lines().toList();
    assertEquals(List.of(Report.HEADING, "", "the run", ""), lines.subList(0, 4));
    assertEquals(
        List.of("### Ratios", "### Goals"),
        lines.stream().filter(line -> line.startsWith("### ")).toList());
    assertTrue(lines.getLast().startsWith("- sleeve2-encrypted, 64 B packets"), lines.getLast());
  }

  @Test
  void takesTheMedianOfEachFigure() {
    assertEquals(SLOW, Figures.medians(List.of(SLOW, FAST, SLOW)));
    assertEquals(450, Figures.medians(List.of(SLOW, FAST)).tcp1Mbps());
  }

  @Test
  void drawsABarForEachPathInEachPanel() {
    String svg = new Plot(measured()).svg();
    assertEquals(1 + 4 * 3, svg.split("<rect ", -1).length - 1, "the ground and the bars");
    assertTrue(svg.contains(">800<") && svg.contains("TCP x1"), svg);
  }

  @Test
  void refusesArgumentsWithTheReason() {
    assertTrue(refusal("5", "3", "veth,wireguard").contains("no path \"wireguard\"; accepted"));
    assertTrue(refusal("0", "3", "all").contains("ROUNDS: \"0\" is no number in 1 to 100"));
    assertTrue(refusal("5", "3s", "all").contains("SECONDS: \"3s\" is no number in 1 to 30"));
    assertTrue(refusal("5").contains("usage"));
    assertTrue(soakRefusal("0", "all").contains("MINUTES: \"0\" is no number in 1 to 1440"));
    assertTrue(
        soakRefusal("10", "veth")
            .endsWith("accepted are all, sleeve-encrypted, sleeve2-encrypted"));
    assertTrue(soakRefusal("10").contains("usage"));
  }

  @Test
  void aLeakIsGrowthPastTheAllowance() {
    Soak.Sample before = new Soak.Sample(1000, 1000, 1000, 10);
    Soak.Sample allowance = new Soak.Sample(100, 100, 100, 1);
    assertEquals(List.of(), new Soak.Sample(1100, 900, 1100, 11).growth(before, allowance));
    assertEquals(
        List.of("heap KiB: 1000, later 1101", "descriptors: 10, later 12"),
        new Soak.Sample(1101, 1000, 1000, 12).growth(before, allowance));
    assertEquals(before, Soak.Sample.medians(List.of(before, allowance, before)));
  }

  private static String soakRefusal(String... arguments) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Soak.parse(arguments)).getMessage());
  }

  private static String refusal(String... arguments) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> OverlayBenchmark.parse(arguments))
            .getMessage());
  }
}
