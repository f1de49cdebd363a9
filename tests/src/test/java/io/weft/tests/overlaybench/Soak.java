package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code make soak}: one TCP stream between two containers over each encrypted path through user
 * space in turn, for so many minutes, while both routers are watched. Fails when the stream stalls,
 * a router dies, or one holds ever more heap, native memory, resident memory or descriptors.
 *
 * <p>Arguments: minutes for each path, names of paths as for {@link OverlayBenchmark}. A sample is
 * taken every five seconds; heap is what a collection leaves.
 */
final class Soak {
  private static final long SAMPLE_SECONDS = 5;
  private static final int MAX_MINUTES = 24 * 60;

  /** A stream that carries nothing for so many samples in a row has stalled. */
  private static final int STALLED_SAMPLES = 2;

  /** What a router may hold more in the last quarter of the time than in the second. */
  private static final Sample ALLOWANCE = new Sample(4_096, 16_384, 24_576, 8);

  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Pattern HEAP =
      Pattern.compile("(?:DefNew|Tenured) +total \\d+K, used (\\d+)K");
  private static final Pattern DIRECT = Pattern.compile("Other \\(reserved=(\\d+)KB");

  private final int minutes;
  private final Map<String, WeftPath> selected;
  private @Nullable Ground ground;
  private boolean closed;

  private Soak(int minutes, Map<String, WeftPath> selected) {
    this.minutes = minutes;
    this.selected = selected;
  }

  /**
   * What a router holds.
   *
   * @param directKib memory outside the heap that Java code has asked for
   */
  record Sample(long heapKib, long directKib, long residentKib, long descriptors) {
    static Sample of(long pid) throws IOException {
      String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      Ground.run(jcmd, Long.toString(pid), "GC.run");
      long heap = 0;
      Matcher generations = HEAP.matcher(Ground.run(jcmd, Long.toString(pid), "GC.heap_info"));
      while (generations.find()) {
        heap += Long.parseLong(generations.group(1));
      }
      Matcher other =
          DIRECT.matcher(Ground.run(jcmd, Long.toString(pid), "VM.native_memory", "summary"));
      if (heap == 0 || !other.find()) {
        throw new IOException("jcmd does not tell what router " + pid + " holds");
      }
      Path process = Path.of("/proc", Long.toString(pid));
      try (Stream<Path> open = Files.list(process.resolve("fd"))) {
        return new Sample(
            heap,
            Long.parseLong(other.group(1)),
            ProgramOutput.residentKib(Files.readString(process.resolve("status"))),
            open.count());
      }
    }

    /** The medians of what is in the samples. */
    static Sample medians(List<Sample> samples) {
      return new Sample(
          median(samples.stream().mapToLong(Sample::heapKib).sorted().toArray()),
          median(samples.stream().mapToLong(Sample::directKib).sorted().toArray()),
          median(samples.stream().mapToLong(Sample::residentKib).sorted().toArray()),
          median(samples.stream().mapToLong(Sample::descriptors).sorted().toArray()));
    }

    private static long median(long[] sorted) {
      return sorted[sorted.length / 2];
    }

    /** Names what has grown past the allowance since {@code earlier}. */
    List<String> growth(Sample earlier, Sample allowance) {
      List<String> grown = new ArrayList<>();
      compare(grown, "heap KiB", earlier.heapKib, heapKib, allowance.heapKib);
      compare(grown, "direct KiB", earlier.directKib, directKib, allowance.directKib);
      compare(grown, "resident KiB", earlier.residentKib, residentKib, allowance.residentKib);
      compare(grown, "descriptors", earlier.descriptors, descriptors, allowance.descriptors);
      return grown;
    }

    private static void compare(
        List<String> grown, String what, long earlier, long now, long allowed) {
      if (now - earlier > allowed) {
        grown.add("%s: %d, later %d".formatted(what, earlier, now));
      }
    }
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    Soak soak;
    try {
      soak = parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(Interruptible.run("soak", soak::run, soak::close) ? 0 : 1);
  }

  static Soak parse(String... arguments) {
    if (arguments.length != 2) {
      throw new IllegalArgumentException("usage: MINUTES all|PATH[,PATH]...");
    }
    return new Soak(
        Arguments.number("MINUTES", arguments[0], MAX_MINUTES),
        Arguments.paths(arguments[1], WeftPath.encryptedInUserSpace()));
  }

  private void run() throws Exception {
    for (Map.Entry<String, WeftPath> path : selected.entrySet()) {
      System.out.printf("%s for %d minutes%n", path.getKey(), minutes);
      soak(path.getValue(), open());
      remove();
    }
  }

  private void soak(WeftPath path, Ground ground) throws Exception {
    Route route =
        path.open(ground, Map.of("WEFT_ROUTER_JAVA_OPTS", "-XX:NativeMemoryTracking=summary"));
    System.out.println(ground.right().control().get("/status/connections").orFail().strip());
    ground.daemon(route.to(), "iperf3", "-s");
    Await.until(
        "iperf3 listens",
        GRACE,
        () -> route.to().run("ss", "-Hltn", "sport = :5201").out(),
        text -> !text.isBlank());
    long client =
        ground.daemon(
            route.from(),
            "iperf3",
            "-c",
            route.address(),
            "-t",
            Long.toString(TimeUnit.MINUTES.toSeconds(minutes) + GRACE.toSeconds()));
    watch(route, client, ground);
  }

  private void watch(Route route, long client, Ground ground) throws Exception {
    List<Long> routers = route.daemons();
    Namespace receiver = route.to();
    List<List<Sample>> samples = List.of(new ArrayList<>(), new ArrayList<>());
    long start = System.nanoTime();
    long lastNanos = start;
    long lastBytes = receiver.receivedBytes("ethwe");
    double leastMbps = Double.MAX_VALUE;
    int stalled = 0;
    long count = TimeUnit.MINUTES.toSeconds(minutes) / SAMPLE_SECONDS;
    for (long number = 1; number <= count; number++) {
      long due = start + TimeUnit.SECONDS.toNanos(number * SAMPLE_SECONDS);
      Await.until("time passes", GRACE, System::nanoTime, now -> now - due >= 0);
      if (ProcessHandle.of(client).isEmpty()) {
        throw new AssertionError("the stream has ended early: " + ground.lastWords());
      }
      long bytes = receiver.receivedBytes("ethwe");
      long now = System.nanoTime();
      double mbps = (bytes - lastBytes) * 8e3 / (now - lastNanos);
      stalled = mbps < 1 ? stalled + 1 : 0;
      if (stalled >= STALLED_SAMPLES) {
        throw new AssertionError("the stream stalls after %d samples".formatted(number));
      }
      leastMbps = Math.min(leastMbps, mbps);
      lastBytes = bytes;
      lastNanos = now;
      for (int router = 0; router < routers.size(); router++) {
        samples.get(router).add(Sample.of(routers.get(router)));
      }
      if (number % 6 == 0) {
        System.out.printf(
            "%d s: %.0f Mb/s, least %.0f; %s%n",
            number * SAMPLE_SECONDS, mbps, leastMbps, samples.stream().map(List::getLast).toList());
      }
    }
    judge(samples);
  }

  private static void judge(List<List<Sample>> samples) {
    List<String> grown = new ArrayList<>();
    for (List<Sample> router : samples) {
      int quarter = router.size() / 4;
      Sample second = Sample.medians(router.subList(quarter, 2 * quarter));
      Sample last = Sample.medians(router.subList(3 * quarter, router.size()));
      System.out.printf("second quarter %s%nlast quarter   %s%n", second, last);
      grown.addAll(last.growth(second, ALLOWANCE));
    }
    if (!grown.isEmpty()) {
      throw new AssertionError("a router holds ever more: " + grown);
    }
    System.out.println("no leak, no stall");
  }

  private synchronized Ground open() throws IOException, InterruptedException {
    if (closed) {
      throw new InterruptedException("the soak is being ended");
    }
    Ground fresh = Ground.open();
    ground = fresh;
    return fresh;
  }

  /** Removes everything and lets nothing begin any more. */
  private synchronized void close() throws IOException {
    closed = true;
    remove();
  }

  private synchronized void remove() throws IOException {
    Ground used = ground;
    ground = null;
    if (used != null) {
      used.close();
    }
  }
}
