package io.weft.tests.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A TCP stream of {@code iperf3} between two containers, until it is ended. */
final class IperfStream implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MEGABYTE = 1 << 20;

  /** So much that every loss shows, and routers on the same processors can start. */
  private static final String BITS_PER_SECOND = "300M";

  private final Process server;
  private final Process client;
  private final Container to;
  private final Path report;

  private IperfStream(Process server, Process client, Container to, Path report) {
    this.server = server;
    this.client = client;
    this.to = to;
    this.report = report;
  }

  /**
   * What the sender says in the end.
   *
   * @param segments of full size that its bytes make
   */
  record Sent(long segments, long retransmits) {}

  /** Begins. */
  static IperfStream between(Container from, Container to, Path folder) throws Exception {
    Process server = start(to, folder.resolve("server"), "iperf3", "-s", "-1");
    Await.until(
        "iperf3 listens",
        LIMIT,
        () -> to.namespace().run("ss", "-Hltn", "sport = :5201").out(),
        text -> !text.isBlank());
    Path report = folder.resolve("client");
    Process client =
        start(from, report, "iperf3", "-J", "-c", to.address(), "-t", "600", "-b", BITS_PER_SECOND);
    return new IperfStream(server, client, to, report);
  }

  private static Process start(Container container, Path output, String... command)
      throws IOException {
    return Command.prepare(container.namespace().inside(List.of(command)), Map.of())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  /** Waits until more has arrived. */
  void awaitMore() throws Exception {
    long before = arrived();
    Await.until("the stream goes on", LIMIT, this::arrived, now -> now > before + MEGABYTE);
  }

  /** Ends it, with what the sender says. */
  Sent end() throws IOException {
    Command.run(List.of("kill", "-INT", Long.toString(client.pid()))).orFail();
    int _ = client.onExit().join().exitValue();
    JsonNode said = new ObjectMapper().readTree(report.toFile());
    JsonNode sum = said.path("end").path("sum_sent");
    long segmentBytes = said.path("start").path("tcp_mss_default").asLong();
    if (segmentBytes <= 0 || !sum.path("retransmits").isNumber()) {
      throw new AssertionError("iperf3 says: " + Files.readString(report));
    }
    return new Sent(sum.path("bytes").asLong() / segmentBytes, sum.path("retransmits").asLong());
  }

  @Override
  public void close() {
    client.destroyForcibly().onExit().join();
    server.destroyForcibly().onExit().join();
  }

  private long arrived() throws IOException {
    return to.namespace().receivedBytes("ethwe");
  }
}
