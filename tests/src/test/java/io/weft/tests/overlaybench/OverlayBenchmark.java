package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code make bench-overlay}: every data path of Weft, those of other projects and the kernel's, in
 * one run. All stand at the same time and take turns in each round, since the figures of a shared
 * machine mean nothing but against each other. A path that cannot run here is left out with the
 * reason. Never fails on numbers.
 *
 * <p>Arguments: rounds, seconds for each figure, names of paths with commas between or {@code all}.
 */
final class OverlayBenchmark {
  private static final Path FOLDER = Path.of("target");
  private static final int MAX_ROUNDS = 100;
  private static final int MAX_SECONDS = 30;

  private final int rounds;
  private final int seconds;
  private final Map<String, DataPath> selected;
  private final List<Ground> grounds = new ArrayList<>();
  private final Map<String, Route> routes = new LinkedHashMap<>();
  private final Map<String, List<Figures>> measured = new LinkedHashMap<>();
  private boolean closed;

  private OverlayBenchmark(int rounds, int seconds, Map<String, DataPath> selected) {
    this.rounds = rounds;
    this.seconds = seconds;
    this.selected = selected;
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    OverlayBenchmark benchmark;
    try {
      benchmark = parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(Interruptible.run("bench-overlay", benchmark::run, benchmark::close) ? 0 : 1);
  }

  static OverlayBenchmark parse(String... arguments) {
    if (arguments.length != 3) {
      throw new IllegalArgumentException("usage: ROUNDS SECONDS all|PATH[,PATH]...");
    }
    return new OverlayBenchmark(
        Arguments.number("ROUNDS", arguments[0], MAX_ROUNDS),
        Arguments.number("SECONDS", arguments[1], MAX_SECONDS),
        Arguments.paths(arguments[2], DataPath.all()));
  }

  private void run() throws Exception {
    for (Map.Entry<String, DataPath> path : selected.entrySet()) {
      open(path.getKey(), path.getValue());
    }
    alignMtu();
    for (String name : List.copyOf(routes.keySet())) {
      attempt(name, "warming up", traffic -> traffic.warmUp());
    }
    for (int round = 1; round <= rounds; round++) {
      System.out.printf("round %d of %d:", round, rounds);
      for (String name : List.copyOf(routes.keySet())) {
        System.out.print(" " + name);
        System.out.flush();
        attempt(
            name,
            "measuring",
            traffic ->
                measured.computeIfAbsent(name, _ -> new ArrayList<>()).add(traffic.measure()));
      }
      System.out.println();
    }
    report();
  }

  private void open(String name, DataPath path) throws IOException, InterruptedException {
    Ground ground = ground();
    try {
      Route route = path.open(ground);
      ground.daemon(route.to(), "iperf3", "-s");
      routes.put(name, route);
      System.out.println(name + " is up" + (route.note().isEmpty() ? "" : ": " + route.note()));
    } catch (LeftOutException e) {
      System.out.println(name + " left out: " + e.getMessage());
    } catch (Exception | AssertionError e) {
      rethrowInterruption(e);
      System.out.printf("%s left out: it did not come up: %s %s%n", name, e, ground.lastWords());
    }
  }

  /**
   * The limit for Weft's kernel path has the very same MTU: what that was given, whatever it is.
   */
  private void alignMtu() throws IOException {
    Route limit = routes.get(DataPath.LIMIT);
    Route ours = routes.get("fastdp");
    if (limit != null && ours != null) {
      int mtu = Math.min(limit.mtu("eth0"), ours.mtu("ethwe"));
      limit.setMtu("eth0", mtu);
      ours.setMtu("ethwe", mtu);
      System.out.printf("%s and fastdp have an MTU of %d%n", DataPath.LIMIT, mtu);
    }
  }

  /** Something done with one route. */
  private interface Step {
    void with(Traffic traffic) throws Exception;
  }

  /** A path that fails on the way has no figures at all, rather than those of its good moments. */
  private void attempt(String name, String what, Step step)
      throws IOException, InterruptedException {
    Route route = routes.get(name);
    if (route == null) {
      return;
    }
    try {
      step.with(new Traffic(route, seconds));
    } catch (Exception | AssertionError e) {
      rethrowInterruption(e);
      System.out.printf("%n%s left out: it failed while %s: %s%n", name, what, e);
      routes.remove(name);
      measured.remove(name);
    }
  }

  private static void rethrowInterruption(Throwable e) throws InterruptedException {
    if (Thread.interrupted()) {
      InterruptedException interruption = new InterruptedException("interrupted");
      interruption.addSuppressed(e);
      throw interruption;
    }
  }

  private void report() throws IOException {
    Map<String, Figures> medians = new LinkedHashMap<>();
    measured.forEach((name, figures) -> medians.put(name, Figures.medians(figures)));
    Report report = new Report(medians);
    String run =
        "`make bench-overlay ROUNDS=%d SECONDS=%d` at commit %s on %s, kernel %s, JDK %s; medians."
            .formatted(
                rounds,
                seconds,
                commit(),
                processors(),
                Ground.run("uname", "-r"),
                Runtime.version());
    Files.createDirectories(FOLDER);
    Files.writeString(FOLDER.resolve("bench-overlay.json"), report.json());
    Files.writeString(FOLDER.resolve("bench-overlay.svg"), new Plot(medians).svg());
    String text = report.section(run);
    Files.writeString(FOLDER.resolve("bench-overlay.md"), text);
    System.out.println("\n" + text);
  }

  private static String commit() throws IOException {
    Command.Output output =
        Command.run(List.of("git", "describe", "--always", "--dirty", "--abbrev=7"));
    return output.exit() == 0 ? output.out().strip() : "unknown";
  }

  private static String processors() throws IOException {
    String model =
        Command.run(List.of("grep", "-m1", "model name", "/proc/cpuinfo"))
            .out()
            .replaceFirst(".*: *", "")
            .strip();
    return Runtime.getRuntime().availableProcessors() + " cores of " + model;
  }

  private synchronized Ground ground() throws IOException, InterruptedException {
    if (closed) {
      throw new InterruptedException("the benchmark is being ended");
    }
    Ground ground = Ground.open();
    grounds.add(ground);
    return ground;
  }

  /** Removes everything; once. */
  private synchronized void close() throws IOException {
    closed = true;
    IOException failure = null;
    while (!grounds.isEmpty()) {
      try {
        grounds.removeLast().close();
      } catch (IOException | AssertionError e) {
        failure = new IOException("something is left behind", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
