package io.weft.cli.demo;

import io.weft.cli.demo.Host.Container;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Compares the encrypted overlay with a plain veth pair, taking turns within one run, since the
 * figures of a shared machine mean nothing by themselves. Nothing is asserted about them.
 *
 * <p>What is left out: hosts share one kernel and all processors here, and the underlay has neither
 * latency nor loss.
 */
final class Bench {
  private static final int ROUNDS = 3;
  private static final int OVERLAY_BLOCKS = 100;
  private static final int PLAIN_BLOCKS = 1000;
  private static final Path DISK = Path.of("/var/tmp");

  /** In memory, so that what it shows is the router's part. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private static final String PINGS = "200";
  private static final Ipv4Prefix PLAIN_LEFT = Ipv4Prefix.parse("198.51.100.1/24");
  private static final Ipv4Prefix PLAIN_RIGHT = Ipv4Prefix.parse("198.51.100.2/24");

  private final Stage stage;
  private final Progress progress;

  Bench(Stage stage, Progress progress) {
    this.stage = stage;
    this.progress = progress;
  }

  /** Two ends and the address of the second. */
  private record Route(
      String name, NetworkNamespace from, NetworkNamespace to, InetAddress address) {}

  void run() throws IOException, DemoFailure {
    new Demo(stage, progress).launchAndAttach();
    Container from = stage.hosts().get(0).containers().get(0);
    Container to = stage.hosts().get(1).containers().get(0);
    List<NetworkNamespace> pair = stage.addPlainPair(PLAIN_LEFT, PLAIN_RIGHT);
    Route plain =
        new Route(
            "plain veth",
            pair.get(0),
            pair.get(1),
            InetAddress.getByName(PLAIN_RIGHT.address().toString()));
    Route overlay = new Route("overlay", from.namespace(), to.namespace(), to.address());

    progress.heading("Measuring " + ROUNDS + " rounds; only the ratios mean something");
    for (int round = 1; round <= ROUNDS; round++) {
      double plainMillis = pingMillis(plain);
      double overlayMillis = pingMillis(overlay);
      double plainRate = rate(plain, PLAIN_BLOCKS);
      double overlayRate = rate(overlay, OVERLAY_BLOCKS);
      progress.line(
          String.format(
              Locale.ROOT,
              "round %d: ping overlay/plain %.1f (%.3f ms, %.3f ms);"
                  + " TCP overlay/plain %.3f (%.0f Mb/s, %.0f Mb/s)",
              round,
              overlayMillis / plainMillis,
              overlayMillis,
              plainMillis,
              overlayRate / plainRate,
              overlayRate,
              plainRate));
    }
    for (Host host : stage.hosts()) {
      host.stopRouter();
    }
    measureAllocation(DISK);
    measureAllocation(MEMORY);
  }

  private void measureAllocation(Path parent) throws IOException, DemoFailure {
    Path folder = Files.createTempDirectory(parent, "weft-bench-");
    try {
      new AllocationBench(stage.hosts().getFirst(), progress, folder).run();
      stage.hosts().getFirst().stopRouter();
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private static double rate(Route path, int blocks) throws IOException {
    return new TcpCopy(path.from(), path.to(), path.address())
        .run(blocks, RandomGenerator.getDefault())
        .megabitsPerSecond();
  }

  /** The mean round-trip time; ping's last line reads "rtt min/avg/max/mdev = 1/2/3/4 ms". */
  private static double pingMillis(Route path) throws IOException, DemoFailure {
    Program.Result result =
        Program.run(
            path.from(),
            Map.of(),
            List.of(
                "ping", "-q", "-n", "-c", PINGS, "-i", "0.01", path.address().getHostAddress()));
    String[] times =
        result.output().replaceAll("(?s).*mdev = ([0-9./]+) ms.*", "$1").split("/", -1);
    if (!result.succeeded() || times.length < 2) {
      throw new DemoFailure("ping over " + path.name(), "round-trip times", result.toString());
    }
    return Double.parseDouble(times[1]);
  }
}
