package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Container;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.PingStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code make bench-failover}: how long two containers do not reach each other when VXLAN is
 * filtered on one host, and how long it takes until fastdp carries again when it is allowed. The
 * hosts take turns. Pings go every 10 ms, status is asked every 50 ms. Never fails on numbers.
 *
 * <p>Argument: how often.
 */
final class FailoverBenchmark {
  private static final int MAX_CYCLES = 50;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** What was on its way when the filter was set has come by then. */
  private static final long ON_THE_WAY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final int cycles;
  private final List<Cycle> measured = new ArrayList<>();
  private final Ground ground;

  private FailoverBenchmark(int cycles, Ground ground) {
    this.cycles = cycles;
    this.ground = ground;
  }

  /**
   * What one took.
   *
   * @param outSeconds from the filter to the first answer after it
   * @param backSeconds from the end of the filter until both routers say that fastdp carries
   * @param lostOnReturn pings without an answer in that time
   */
  private record Cycle(double outSeconds, double backSeconds, int lostOnReturn) {}

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    int cycles;
    try {
      if (arguments.length != 1) {
        throw new IllegalArgumentException("usage: CYCLES");
      }
      cycles = Arguments.number("CYCLES", arguments[0], MAX_CYCLES);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Ground ground = Ground.open();
    FailoverBenchmark benchmark = new FailoverBenchmark(cycles, ground);
    System.exit(Interruptible.run("bench-failover", benchmark::run, ground::close) ? 0 : 1);
  }

  private void run() throws Exception {
    String consensus = "--ipalloc-init=consensus=2";
    ground.left().launch(Map.of(), consensus);
    ground.right().launch(Map.of(), consensus, ground.leftAddress());
    awaitOverlay("fastdp");
    Container from = ground.left().attach();
    Container to = ground.right().attach();
    from.reaches(to);
    for (int number = 1; number <= cycles; number++) {
      Host filtering = number % 2 == 0 ? ground.left() : ground.right();
      Cycle cycle = cycle(from, to, filtering);
      measured.add(cycle);
      System.out.printf(
          "%d: filter on %s; out %.2f s, back %.2f s, %d pings lost on return%n",
          number, filtering.label(), cycle.outSeconds(), cycle.backSeconds(), cycle.lostOnReturn());
    }
    print("out", measured.stream().mapToDouble(Cycle::outSeconds).toArray());
    print("back", measured.stream().mapToDouble(Cycle::backSeconds).toArray());
    System.out.printf(
        "lost on return: %d pings%n", measured.stream().mapToInt(Cycle::lostOnReturn).sum());
  }

  private Cycle cycle(Container from, Container to, Host filtering) throws Exception {
    try (PingStream pings = PingStream.between(from, to)) {
      pings.awaitMore();
      nft(filtering, "add table inet weftbench");
      nft(filtering, "add chain inet weftbench in { type filter hook input priority 0 ; }");
      nft(filtering, "add rule inet weftbench in udp dport 6784 drop");
      long filtered = System.nanoTime();
      long first =
          Await.until(
                  "pings go on beside the filter",
                  LIMIT,
                  () -> pings.firstAfter(filtered + ON_THE_WAY_NANOS),
                  answer -> answer.isPresent())
              .orElseThrow();
      awaitOverlay("sleeve2");
      pings.awaitMore();
      int lost = pings.lost();
      nft(filtering, "delete table inet weftbench");
      long allowed = System.nanoTime();
      awaitOverlay("fastdp");
      long back = System.nanoTime();
      pings.awaitMore();
      return new Cycle(seconds(first - filtered), seconds(back - allowed), pings.lost() - lost);
    }
  }

  private void awaitOverlay(String overlay) throws Exception {
    for (Host host : List.of(ground.left(), ground.right())) {
      Await.until(
          host.label() + " carries by " + overlay,
          LIMIT,
          () -> host.control().get("/status/connections").orFail(),
          text -> text.contains(" established ") && text.contains(" " + overlay + " "));
    }
  }

  private static double seconds(long nanos) {
    return nanos / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private static void print(String what, double[] seconds) {
    Arrays.sort(seconds);
    System.out.printf(
        "%s: median %.2f s, least %.2f, most %.2f, of %d%n",
        what, seconds[seconds.length / 2], seconds[0], seconds[seconds.length - 1], seconds.length);
  }

  private static void nft(Host host, String command) throws IOException {
    host.namespace().run("nft", command).orFail();
  }
}
