package io.weft.router.status;

import io.weft.router.status.RouterStatus.PathStatus;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** The metrics of each way to each neighbour, in Prometheus' text format. */
final class PathMetrics {
  /** A number of a path that goes two ways. */
  private enum Direction {
    SENT,
    RECEIVED
  }

  private PathMetrics() {}

  static void write(StringBuilder text, List<PathStatus> paths) {
    header(text, "weft_path_packets_total", "counter", "Packets by neighbour and overlay.");
    for (PathStatus path : paths) {
      line(text, "weft_path_packets_total", path, Direction.SENT, path.sentPackets());
      line(text, "weft_path_packets_total", path, Direction.RECEIVED, path.receivedPackets());
    }
    header(text, "weft_path_bytes_total", "counter", "Bytes of frames, likewise.");
    for (PathStatus path : paths) {
      line(text, "weft_path_bytes_total", path, Direction.SENT, path.sentBytes());
      line(text, "weft_path_bytes_total", path, Direction.RECEIVED, path.receivedBytes());
    }
    header(text, "weft_path_dropped_total", "counter", "Frames dropped, likewise.");
    for (PathStatus path : paths) {
      text.append("weft_path_dropped_total{").append(labels(path)).append("} ");
      text.append(path.dropped()).append('\n');
    }
    header(text, "weft_path_drops_total", "counter", "What was dropped, by reason.");
    for (PathStatus path : paths) {
      path.reasons()
          .forEach((reason, count) -> {
            text.append("weft_path_drops_total{").append(labels(path));
            text.append(",reason=\"").append(reason).append("\"} ").append(count).append('\n');
          });
    }
    header(text, "weft_path_heartbeat_age_seconds", "gauge", "Time since the last heartbeat.");
    seconds(text, "weft_path_heartbeat_age_seconds", paths, PathStatus::heartbeatAgeNanos);
    header(text, "weft_path_rtt_seconds", "gauge", "Last round trip, as docs/metrics.md says.");
    seconds(text, "weft_path_rtt_seconds", paths, PathStatus::roundTripNanos);
  }

  private static void line(
      StringBuilder text, String name, PathStatus path, Direction direction, long value) {
    text.append(name).append('{').append(labels(path)).append(",direction=\"");
    text.append(direction.name().toLowerCase(Locale.ROOT)).append("\"} ");
    text.append(value).append('\n');
  }

  private static void seconds(
      StringBuilder text, String name, List<PathStatus> paths, ToLongFunction<PathStatus> nanos) {
    for (PathStatus path : paths) {
      long value = nanos.applyAsLong(path);
      if (value >= 0) {
        double seconds = (double) value / TimeUnit.SECONDS.toNanos(1);
        text.append(name).append('{').append(labels(path)).append("} ");
        text.append(String.format(Locale.ROOT, "%.6f", seconds)).append('\n');
      }
    }
  }

  private static String labels(PathStatus path) {
    return "peer=\"%s\",path=\"%s\"".formatted(path.peer(), path.overlay());
  }

  private static void header(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
