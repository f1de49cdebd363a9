package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Sends over one route and measures what arrives. */
final class Traffic {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final double TICKS_PER_SECOND = 100;
  private static final double KIB_PER_MIB = 1024;
  private static final double PING_INTERVAL_SECONDS = 0.005;

  /** IP and UDP header. */
  private static final int HEADERS = 28;

  private static final int SMALL_PACKET = 64;
  private static final int LARGE_PACKET = 1400;

  private final Route route;
  private final int seconds;

  /** Measures each figure for so many seconds; an iperf3 server must run at the far end. */
  Traffic(Route route, int seconds) {
    this.route = route;
    this.seconds = seconds;
  }

  Figures measure() throws Exception {
    double[] pings = ping();
    long ticks = ticks();
    ProgramOutput.Tcp one = ProgramOutput.tcp(iperf("-P", "1"));
    double cpuSeconds = (ticks() - ticks) / TICKS_PER_SECOND;
    ProgramOutput.Tcp four = ProgramOutput.tcp(iperf("-P", "4"));
    ProgramOutput.Udp small = udp(SMALL_PACKET);
    ProgramOutput.Udp large = udp(LARGE_PACKET);
    return new Figures(
        one.bitsPerSecond() / 1e6,
        four.bitsPerSecond() / 1e6,
        small.arrivedPerSecond() / 1e3,
        large.arrivedPerSecond() * (LARGE_PACKET - HEADERS) * 8 / 1e6,
        large.lossPercent(),
        Figures.percentile(pings, 50),
        Figures.percentile(pings, 99),
        cpuSeconds / (one.bytes() / 1e9),
        residentMib());
  }

  /** Traffic whose figures nobody wants: routes, MTU and compilers settle. */
  void warmUp() throws Exception {
    iperf("-P", "1");
    udp(SMALL_PACKET);
    iperf("-P", "4");
  }

  private double[] ping() throws IOException {
    int count = (int) (seconds / PING_INTERVAL_SECONDS);
    Command.Output output =
        route
            .from()
            .run(
                "ping",
                "-n",
                "-c",
                Integer.toString(count),
                "-i",
                String.format(Locale.ROOT, "%.3f", PING_INTERVAL_SECONDS),
                "-W",
                "1",
                route.address());
    return ProgramOutput.roundTripMillis(output.out());
  }

  private ProgramOutput.Udp udp(int packetBytes) throws Exception {
    return ProgramOutput.udp(iperf("-u", "-b", "0", "-l", Integer.toString(packetBytes - HEADERS)));
  }

  /** A server still busy with the end of the test before refuses; so it is asked again. */
  private String iperf(String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("iperf3", "-J", "-c", route.address(), "-t", Integer.toString(seconds)));
    command.addAll(Arrays.asList(options));
    return Await.until(
            String.join(" ", command),
            LIMIT,
            () -> route.from().run(command.toArray(String[]::new)),
            output -> output.exit() == 0 && !ProgramOutput.isError(output.out()))
        .out();
  }

  private long ticks() throws IOException {
    if (route.daemons().isEmpty()) {
      return ProgramOutput.kernelTicks(Files.readString(Path.of("/proc/stat")));
    }
    long sum = 0;
    for (long pid : route.daemons()) {
      sum += ProgramOutput.processTicks(Files.readString(Path.of("/proc", pid + "", "stat")));
    }
    return sum;
  }

  private double residentMib() throws IOException {
    double sum = 0;
    for (long pid : route.daemons()) {
      sum += ProgramOutput.residentKib(Files.readString(Path.of("/proc", pid + "", "status")));
    }
    return sum / KIB_PER_MIB;
  }
}
