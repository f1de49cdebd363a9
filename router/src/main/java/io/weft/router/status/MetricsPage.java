package io.weft.router.status;

import io.weft.fastpath.BesideCounter;
import io.weft.fastpath.FastdpCounter;
import io.weft.fastpath.LaneCounter;
import io.weft.fastpath.UserVxlanCounter;
import io.weft.gossip.ConnectionStatus;
import io.weft.gossip.MeshMetric;
import io.weft.gossip.netty.MeshTransportCounters;
import io.weft.ipam.IpamStatus;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import io.weft.router.metrics.OverlayTotals;
import io.weft.sleeve.SleeveCounter;
import io.weft.sleeve.v2.Sleeve2Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The page for Prometheus (ipam.md 8.4), text format 0.0.4. */
public final class MetricsPage {
  /** The page's content type. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4";

  /** Names of what {@link IpamStatus.Health} counts. */
  static final List<String> HEALTH_METRICS =
      List.of(
          "weft_ipam_quarantined_ranges",
          "weft_ipam_quarantined_addresses",
          "weft_ipam_disputed_addresses",
          "weft_ipam_contradictions_total");

  /** Names of what the port on the bridge counts, in the order of its statistics. */
  static final List<String> BRIDGE_METRICS =
      List.of(
          "weft_bridge_captured_total",
          "weft_bridge_dropped_by_kernel_total",
          "weft_bridge_dropped_by_interface_total",
          "weft_bridge_injections_refused_total");

  /** Says what carries {@code fastdp}. */
  static final String DATAPATH_METRIC = "weft_fastdp_datapath";

  private final StringBuilder text = new StringBuilder(4_096);

  private MetricsPage() {}

  /** Renders what was counted. */
  public static String of(RouterStatus status, Counters counters, OverlayTotals overlays) {
    MetricsPage page = new MetricsPage();
    page.writeConnections(status);
    page.single(
        "weave_connection_terminations_total",
        "counter",
        "Number of peer-to-peer connections terminated.",
        status.meshCounters().getOrDefault(MeshMetric.CONNECTIONS_TERMINATED, 0L));
    IpamStatus ipam = status.ipam();
    if (ipam != null) {
      page.writeIpam(ipam);
    }
    for (Counter counter : Counter.values()) {
      page.single(counter.metricName(), "counter", counter.description(), counters.get(counter));
    }
    page.writeBridgePort(status);
    for (MeshMetric metric : MeshMetric.values()) {
      long value = status.meshCounters().getOrDefault(metric, 0L);
      page.single(name("mesh", metric), "counter", description("mesh", metric), value);
    }
    for (SleeveCounter counter : SleeveCounter.values()) {
      long value = overlays.sleeve().applyAsLong(counter);
      page.single(name("sleeve", counter), "counter", description("sleeve", counter), value);
    }
    for (Sleeve2Counter counter : Sleeve2Counter.values()) {
      long value = overlays.sleeve2().applyAsLong(counter);
      page.single(name("sleeve2", counter), "counter", description("sleeve2", counter), value);
    }
    for (BesideCounter counter : BesideCounter.values()) {
      long value = overlays.beside().applyAsLong(counter);
      page.single(name("beside", counter), "counter", description("beside", counter), value);
    }
    Map<String, Object> fastdp = status.overlays().getOrDefault("fastdp", Map.of());
    for (FastdpCounter counter : FastdpCounter.values()) {
      page.overlay("fastdp", "", counter, fastdp);
    }
    for (LaneCounter counter : LaneCounter.values()) {
      page.overlay("fastdp", "", counter, fastdp);
    }
    for (UserVxlanCounter counter : UserVxlanCounter.values()) {
      page.overlay("vxlan", "vxlan_", counter, fastdp);
    }
    page.header(DATAPATH_METRIC, "gauge", "What carries fastdp here: 1 for it.");
    Object datapath = fastdp.getOrDefault("datapath", "none");
    page.text.append(DATAPATH_METRIC).append("{datapath=\"").append(datapath).append("\"} 1\n");
    PathMetrics.write(page.text, status.paths());
    return page.text.toString();
  }

  private void writeBridgePort(RouterStatus status) {
    long[] capture = status.captureStatistics();
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < BRIDGE_METRICS.size() - 1; i++) {
      values.add(capture == null ? 0 : capture[i]);
    }
    values.add(status.injectionsRefused());
    for (int i = 0; i < values.size(); i++) {
      String name = BRIDGE_METRICS.get(i);
      single(name, "counter", "See docs/metrics.md: bridge.", values.get(i));
    }
  }

  private void overlay(String module, String prefix, Enum<?> counter, Map<String, Object> values) {
    String key = prefix + counter.name().toLowerCase(Locale.ROOT);
    Object value = values.getOrDefault(key, 0L);
    long number = value instanceof Long total ? total : 0;
    single(name(module, counter), "counter", description(module, counter), number);
  }

  /** Renders what the mesh's TCP sockets have counted. */
  public static String of(MeshTransportCounters tcp) {
    MetricsPage page = new MetricsPage();
    page.single("weft_mesh_tcp_links", "gauge", "TCP connections in any state.", tcp.links());
    page.counter("weft_mesh_tcp_accepted_total", "TCP connections accepted.", tcp.accepted());
    page.counter("weft_mesh_tcp_dialled_total", "TCP connections attempted.", tcp.dialled());
    page.counter("weft_mesh_tcp_dial_failures_total", "TCP attempts failed.", tcp.dialFailures());
    page.counter("weft_mesh_handshakes_total", "Handshakes completed.", tcp.handshakes());
    page.counter("weft_mesh_bytes_in_total", "Bytes read by the mesh.", tcp.bytesIn());
    page.counter("weft_mesh_bytes_out_total", "Bytes written by the mesh.", tcp.bytesOut());
    page.labelled(
        "weft_mesh_tcp_refused_total",
        "TCP connections closed before they could shake hands, by reason.",
        tcp.refused());
    page.labelled(
        "weft_mesh_handshake_failures_total", "Handshakes failed.", tcp.handshakeFailures());
    page.labelled(
        "weft_mesh_tcp_cutoffs_total",
        "TCP connections ended because they cost too much.",
        tcp.cutoffs());
    return page.text.toString();
  }

  private void counter(String name, String help, long value) {
    single(name, "counter", help, value);
  }

  private void labelled(String name, String help, Map<? extends Enum<?>, Long> counts) {
    header(name, "counter", help);
    SortedMap<String, Long> sorted = new TreeMap<>();
    counts.forEach((reason, count) -> sorted.put(reason.name().toLowerCase(Locale.ROOT), count));
    sorted.forEach((reason, count) ->
        text.append(name)
            .append("{reason=\"")
            .append(reason)
            .append("\"} ")
            .append(count)
            .append('\n'));
  }

  /** The metric's name of another module's counter. */
  static String name(String module, Enum<?> counter) {
    return "weft_" + module + "_" + counter.name().toLowerCase(Locale.ROOT) + "_total";
  }

  private static String description(String module, Enum<?> counter) {
    return "See docs/metrics.md: %s, %s."
        .formatted(module, counter.name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  private void writeConnections(RouterStatus status) {
    header("weave_connections", "gauge", "Number of peer-to-peer connections.");
    SortedMap<String, Long> counts = new TreeMap<>();
    for (ConnectionStatus connection : status.connections()) {
      Map<String, Object> attributes = connection.attributes();
      Object type = attributes == null ? null : attributes.get("name");
      boolean encrypted = attributes != null && Boolean.TRUE.equals(attributes.get("encrypted"));
      String labels =
          "state=\"%s\",type=\"%s\"".formatted(connection.state(), type == null ? "unknown" : type);
      counts.merge("encryption=\"\"," + labels, encrypted ? 0L : 1L, Long::sum);
      counts.merge("encryption=\"yes\"," + labels, encrypted ? 1L : 0L, Long::sum);
    }
    counts.forEach((labels, count) ->
        text.append("weave_connections{").append(labels).append("} ").append(count).append('\n'));
  }

  private void writeIpam(IpamStatus ipam) {
    header("weave_ips", "gauge", "Number of IP addresses.");
    text.append("weave_ips{state=\"local-used\"} ").append(ipam.activeAddresses()).append('\n');
    single(
        "weave_max_ips",
        "gauge",
        "Size of IP address space used by allocator.",
        ipam.universeSize());
    single(
        "weave_ipam_unreachable_count",
        "gauge",
        "Number of unreachable peers.",
        ipam.unreachableOwners());
    // Two blanks: the text is the original's.
    header(
        "weave_ipam_unreachable_percentage",
        "gauge",
        "Percentage of IP addresses owned  by unreachable peers.");
    text.append("weave_ipam_unreachable_percentage ").append(ipam.unreachablePercent());
    text.append('\n');
    single(
        "weave_ipam_pending_allocates",
        "gauge",
        "Number of pending allocates.",
        ipam.pendingAllocates().size());
    single(
        "weave_ipam_pending_claims",
        "gauge",
        "Number of pending claims.",
        ipam.pendingClaims().size());
    writeHealth(ipam.health());
  }

  private void writeHealth(IpamStatus.Health health) {
    single(
        HEALTH_METRICS.get(0),
        "gauge",
        "Address ranges of this peer that another takes for its own.",
        health.quarantinedRanges());
    single(
        HEALTH_METRICS.get(1),
        "gauge",
        "Unused addresses in these ranges.",
        health.quarantinedAddresses());
    single(
        HEALTH_METRICS.get(2),
        "gauge",
        "Addresses in use on this host that belong to another peer.",
        health.disputed().size());
    counter(
        HEALTH_METRICS.get(3),
        "Contradictions between this peer's address ring and others'.",
        health.contradictions());
  }

  private void single(String name, String type, String help, long value) {
    header(name, type, help);
    text.append(name).append(' ').append(value).append('\n');
  }

  private void header(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
