package io.weft.tests.overlaybench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What {@code iperf3 -J}, {@code ping} and {@code /proc} say, as numbers. */
final class ProgramOutput {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern ROUND_TRIP = Pattern.compile("time=([0-9.]+) ms");

  private ProgramOutput() {}

  /** What arrived of TCP streams. */
  record Tcp(double bitsPerSecond, double bytes) {}

  /** What arrived of UDP packets, and how many were sent. */
  record Udp(double sent, double lost, double seconds) {
    double arrivedPerSecond() {
      return (sent - lost) / seconds;
    }

    double lossPercent() {
      return 100 * lost / sent;
    }
  }

  static Tcp tcp(String iperf) throws IOException {
    JsonNode sum = end(iperf).path("sum_received");
    return new Tcp(number(sum, "bits_per_second"), number(sum, "bytes"));
  }

  static Udp udp(String iperf) throws IOException {
    JsonNode sum = end(iperf).path("sum");
    Udp udp = new Udp(number(sum, "packets"), number(sum, "lost_packets"), number(sum, "seconds"));
    if (udp.sent() <= 0 || udp.seconds() <= 0) {
      throw new IOException("iperf3 has sent nothing: " + sum);
    }
    return udp;
  }

  /** The round-trip times in milliseconds, in the order of the answers. */
  static double[] roundTripMillis(String ping) throws IOException {
    double[] times =
        ROUND_TRIP
            .matcher(ping)
            .results()
            .map((MatchResult match) -> match.group(1))
            .mapToDouble(Double::parseDouble)
            .toArray();
    if (times.length == 0) {
      throw new IOException("no answer to any ping");
    }
    return times;
  }

  /** Ticks in user and system mode, from {@code /proc/PID/stat}. */
  static long processTicks(String stat) {
    // The program's name, in brackets, may hold anything; the state after it is field 3.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  /** Ticks of the whole machine in system mode and interrupts, from {@code /proc/stat}. */
  static long kernelTicks(String stat) {
    String[] fields =
        stat.lines()
            .filter(line -> line.startsWith("cpu "))
            .findFirst()
            .orElseThrow()
            .split(" +", -1);
    return Long.parseLong(fields[3]) + Long.parseLong(fields[6]) + Long.parseLong(fields[7]);
  }

  /** Resident memory in KiB, from {@code /proc/PID/status}. */
  static long residentKib(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Whether a report of iperf3 holds an error: it may end with exit code 0 all the same. */
  static boolean isError(String iperf) {
    try {
      end(iperf);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static JsonNode end(String iperf) throws IOException {
    JsonNode report = JSON.readTree(iperf);
    if (report.has("error")) {
      throw new IOException("iperf3: " + report.path("error").asText());
    }
    return report.path("end");
  }

  private static double number(JsonNode parent, String name) throws IOException {
    JsonNode value = parent.path(name);
    if (!value.isNumber()) {
      throw new IOException("iperf3 reports no " + name + ": " + parent);
    }
    return value.asDouble();
  }
}
