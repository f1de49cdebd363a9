package io.weft.cli.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How long a client waits for an address: {@code POST /ip}, with a {@code DELETE} after each, over
 * connections that stay open. Every answer waits until the router's state is durable; how long a
 * durable write takes in the same folder, without the router, is measured before. Nothing is
 * asserted. The router has been asked by all clients for a while before: its compiler takes the
 * processors of the first seconds.
 */
final class AllocationBench {
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long MEASURED_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int PROBE_WRITES = 1_000;
  private static final int STATE_BYTES = 1_000;
  private static final List<Integer> CLIENTS = List.of(1, 10, 100);

  private final Host host;
  private final Progress progress;
  private final Path folder;

  /**
   * Prepares a measurement.
   *
   * @param folder where the router keeps its state
   */
  AllocationBench(Host host, Progress progress, Path folder) {
    this.host = host;
    this.progress = progress;
    this.folder = folder;
  }

  void run() throws IOException, DemoFailure {
    host.launchAlone(folder.resolve("weave"));
    progress.heading(
        "Allocation by HTTP on one router, POST /ip with DELETE between, state on "
            + Files.getFileStore(folder).type());
    measure(CLIENTS.getLast(), WARM_UP_NANOS);
    Path file = folder.resolve("probe");
    tell("a new file (write, sync, rename, sync)", () -> replace(file));
    tell("a place in a file (write, sync)", () -> overwrite(file));
    for (int clients : CLIENTS) {
      long writes = stateWrites();
      Latencies latencies = measure(clients, MEASURED_NANOS);
      progress.line(
          String.format(
              Locale.ROOT,
              "%3d clients, %5d allocations: p50 %.2f ms, p99 %.2f ms;"
                  + " %.2f durable writes a request",
              clients,
              latencies.count(),
              latencies.percentileMillis(50),
              latencies.percentileMillis(99),
              (stateWrites() - writes) / (2.0 * latencies.count())));
    }
  }

  private Latencies measure(int count, long durationNanos) throws IOException {
    try (AllocationClients clients = new AllocationClients(host.namespace(), count)) {
      return clients.run(durationNanos);
    }
  }

  private long stateWrites() throws IOException {
    try (ApiClient client = ApiClient.open(host.namespace())) {
      return client
          .request("GET", "/metrics")
          .lines()
          .filter(line -> line.startsWith("weft_state_writes_total "))
          .mapToLong(line -> (long) Double.parseDouble(line.split(" ", 2)[1]))
          .sum();
    }
  }

  /** A way to have some bytes on the disk. */
  private interface DurableWrite {
    void run() throws IOException;
  }

  /** How long the disk alone takes. */
  private void tell(String way, DurableWrite write) throws IOException {
    long[] nanos = new long[PROBE_WRITES];
    for (int i = 0; i < nanos.length; i++) {
      long before = System.nanoTime();
      write.run();
      nanos[i] = System.nanoTime() - before;
    }
    Latencies latencies = new Latencies(nanos);
    progress.line(
        String.format(
            Locale.ROOT,
            "%d bytes made durable as %s: p50 %.2f ms, p99 %.2f ms",
            STATE_BYTES,
            way,
            latencies.percentileMillis(50),
            latencies.percentileMillis(99)));
  }

  /** What the router does for its first answer. */
  private void replace(Path file) throws IOException {
    Path temporary = folder.resolve("probe.new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(STATE_BYTES));
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What it does for the others. */
  private static void overwrite(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(STATE_BYTES), 0);
      channel.force(false);
    }
  }
}
