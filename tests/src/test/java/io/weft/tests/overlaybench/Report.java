package io.weft.tests.overlaybench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** The medians of all paths as a table, as ratios, against the goals, and as JSON. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One TCP stream over Weave Net's own encrypted sleeve, measured once on such a machine. */
  private static final double WEAVE_NET_SLEEVE_MBPS = 250;

  /** Seconds for 10^9 bytes that count for none. */
  private static final double LEAST_CPU = 0.001;

  /** Where the program's part of docs/performance.md begins; it goes on to the end. */
  static final String HEADING = "## The latest whole run";

  /** One figure: its name in JSON, its heading, and whether more is better. */
  record Column(
      String name, String heading, ToDoubleFunction<Figures> figure, int digits, boolean more) {}

  static final List<Column> COLUMNS =
      List.of(
          new Column("tcp1_mbps", "TCP x1 Mb/s", Figures::tcp1Mbps, 0, true),
          new Column("tcp4_mbps", "TCP x4 Mb/s", Figures::tcp4Mbps, 0, true),
          new Column("udp64_kpps", "64 B kpps", Figures::udp64Kpps, 1, true),
          new Column("udp1400_mbps", "1400 B Mb/s", Figures::udp1400Mbps, 0, true),
          new Column("loss_percent", "loss %", Figures::lossPercent, 1, false),
          new Column("ping_p50_ms", "p50 ms", Figures::pingP50Millis, 3, false),
          new Column("ping_p99_ms", "p99 ms", Figures::pingP99Millis, 3, false),
          new Column("cpu_s_per_gb", "CPU s/GB", Figures::cpuSecondsPerGb, 2, false),
          new Column("rss_mb", "RSS MiB", Figures::rssMb, 0, false));

  private final Map<String, Figures> medians;
  private final List<String> order;

  Report(Map<String, Figures> medians) {
    this.medians = Map.copyOf(medians);
    this.order = List.copyOf(medians.keySet());
  }

  /** An array with one object a path. */
  String json() throws IOException {
    ArrayNode paths = JSON.createArrayNode();
    for (String path : order) {
      ObjectNode object = paths.addObject().put("path", path);
      for (Column column : COLUMNS) {
        double value = column.figure().applyAsDouble(figures(path));
        object.put(column.name(), Double.valueOf(format(value, 3)));
      }
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(paths) + "\n";
  }

  /** The figures themselves, in the table form of Markdown. */
  String table() {
    StringBuilder table = head("path");
    for (String path : order) {
      row(table, path);
      for (Column column : COLUMNS) {
        cell(table, format(column.figure().applyAsDouble(figures(path)), column.digits()));
      }
    }
    return table.append('\n').toString();
  }

  /** Each figure against kernel VXLAN and against the best peer, where these were measured. */
  String ratios() {
    StringBuilder text = new StringBuilder();
    if (medians.containsKey("kernel-vxlan")) {
      text.append("As a multiple of kernel-vxlan:\n\n").append(head("path"));
      for (String path : order) {
        row(text, path);
        for (Column column : COLUMNS) {
          double base = column.figure().applyAsDouble(figures("kernel-vxlan"));
          cell(text, ratio(column.figure().applyAsDouble(figures(path)), base));
        }
      }
      text.append("\n\n");
    }
    if (DataPath.PEERS.stream().anyMatch(medians::containsKey)) {
      text.append("As a multiple of the best peer's, figure by figure:\n\n").append(head("path"));
      for (String path : order) {
        row(text, path);
        for (Column column : COLUMNS) {
          double best = bestPeer(column).orElseThrow();
          cell(text, ratio(column.figure().applyAsDouble(figures(path)), best));
        }
      }
      text.append("\n");
    }
    return text.toString();
  }

  /** A line a goal: what is wanted, what was measured, reached or not. */
  String goals() {
    StringBuilder text = new StringBuilder();
    Figures sleeve2 = medians.get("sleeve2-encrypted");
    Figures sleeve = medians.get("sleeve-encrypted");
    Figures vxlan = medians.get("kernel-vxlan");
    Figures fastd = medians.get("fastd");
    boolean peers = DataPath.PEERS.stream().anyMatch(medians::containsKey);
    if (sleeve2 != null && peers) {
      double tcp = bestPeer(COLUMNS.get(0)).orElseThrow();
      goal(text, "sleeve2-encrypted, TCP x1 / best peer, at least 8", sleeve2.tcp1Mbps() / tcp, 8);
    }
    if (sleeve2 != null && vxlan != null) {
      double share = sleeve2.tcp1Mbps() / vxlan.tcp1Mbps();
      goal(text, "sleeve2-encrypted, TCP x1 / kernel-vxlan, at least 0.75", share, 0.75);
    }
    if (sleeve != null) {
      double times = sleeve.tcp1Mbps() / WEAVE_NET_SLEEVE_MBPS;
      goal(text, "sleeve-encrypted, TCP x1 / 250 Mb/s of Weave Net, at least 10", times, 10);
    }
    for (String path : List.of("sleeve-encrypted", "sleeve2-encrypted")) {
      Figures figures = medians.get(path);
      if (figures != null && fastd != null) {
        double times = fastd.pingP50Millis() / figures.pingP50Millis();
        goal(text, path + ", fastd's ping p50 / ours, at least 1", times, 1);
      }
      if (figures != null && peers) {
        double cpu = bestPeer(COLUMNS.get(7)).orElseThrow() / figures.cpuSecondsPerGb();
        goal(text, path + ", best peer's CPU per GB / ours, at least 2", cpu, 2);
        double packets = figures.udp64Kpps() / bestPeer(COLUMNS.get(2)).orElseThrow();
        goal(text, path + ", 64 B packets / best peer, at least 3", packets, 3);
      }
    }
    fastdpGoals(text);
    Figures veth = medians.get("veth");
    if (veth != null && peers) {
      double sender = veth.udp64Kpps() / bestPeer(COLUMNS.get(2)).orElseThrow();
      text.append(
          "- for comparison: veth alone, 64 B packets / best peer: %s%n"
              .formatted(format(sender, 2)));
    }
    return text.toString();
  }

  /** Against the kernel alone, in the same topology and with the same MTU. */
  private void fastdpGoals(StringBuilder text) {
    Figures ours = medians.get("fastdp");
    Figures limit = medians.get(DataPath.LIMIT);
    if (ours == null || limit == null) {
      return;
    }
    String against = " / " + DataPath.LIMIT + ", at least 1";
    goal(text, "fastdp, TCP x1" + against, ours.tcp1Mbps() / limit.tcp1Mbps(), 1);
    goal(text, "fastdp, TCP x4" + against, ours.tcp4Mbps() / limit.tcp4Mbps(), 1);
    goal(text, "fastdp, 64 B packets" + against, ours.udp64Kpps() / limit.udp64Kpps(), 1);
    double ping = limit.pingP50Millis() / ours.pingP50Millis();
    goal(
        text, "fastdp, ping p50 of " + DataPath.LIMIT + " / ours, at least 1/1.05", ping, 1 / 1.05);
    // What routers do at rest, heartbeats among it, falls into the same seconds.
    double times = limit.cpuSecondsPerGb() / Math.max(ours.cpuSecondsPerGb(), LEAST_CPU);
    String whole = "fastdp, the machine's CPU per GB by " + DataPath.LIMIT;
    goal(text, whole + " / the routers', at least 50", times, 50);
  }

  /**
   * The last section of docs/performance.md.
   *
   * @param run what was run where, one paragraph
   */
  String section(String run) {
    return HEADING
        + "\n\n"
        + run
        + "\n\n"
        + table()
        + "\n![TCP, small packets, ping and processor time of each path](performance.svg)\n\n"
        + "### Ratios\n\n"
        + ratios()
        + "\n### Goals\n\n"
        + goals();
  }

  private static void goal(StringBuilder text, String what, double measured, double wanted) {
    String verdict = measured >= wanted ? "reached" : "not reached";
    text.append("- %s: %s, %s%n".formatted(what, format(measured, 2), verdict));
  }

  private OptionalDouble bestPeer(Column column) {
    DoubleStream values =
        DataPath.PEERS.stream()
            .map(medians::get)
            .filter(Objects::nonNull)
            .mapToDouble(column.figure());
    return column.more() ? values.max() : values.min();
  }

  private Figures figures(String path) {
    return Objects.requireNonNull(medians.get(path), path);
  }

  private static StringBuilder head(String first) {
    StringBuilder head = new StringBuilder("| %-21s".formatted(first));
    COLUMNS.forEach(column -> head.append(" | %11s".formatted(column.heading())));
    head.append(" |\n| ---");
    COLUMNS.forEach(_ -> head.append(" | ---:"));
    return head.append(" |");
  }

  private static void row(StringBuilder table, String path) {
    table.append("\n| %-21s |".formatted(path));
  }

  private static void cell(StringBuilder table, String text) {
    table.append(" %11s |".formatted(text));
  }

  private static String ratio(double value, double base) {
    return base > 0 ? format(value / base, 2) : "-";
  }

  private static String format(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
