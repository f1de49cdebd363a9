package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Command;
import io.weft.tests.acceptance.Container;
import io.weft.tests.acceptance.Host;
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

/**
 * {@code make soak}: one TCP stream between two containers over the default path with encryption,
 * for so many minutes, while both routers are watched. Fails when the stream stalls, a router dies,
 * or one holds ever more heap, native memory, resident memory or descriptors.
 *
 * <p>Argument: minutes. A sample is taken every five seconds; heap is what a collection leaves.
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
  private final Ground ground;

  private Soak(int minutes, Ground ground) {
    this.minutes = minutes;
    this.ground = ground;
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
    String text = arguments.length == 1 ? arguments[0] : "";
    int minutes = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    if (minutes < 1 || minutes > MAX_MINUTES) {
      System.err.printf("MINUTES: \"%s\" is no number in 1 to %d%n", text, MAX_MINUTES);
      System.exit(2);
    }
    Soak soak = new Soak(minutes, Ground.open());
    System.exit(Interruptible.run("soak", soak::run, soak.ground::close) ? 0 : 1);
  }

  private void run() throws Exception {
    Map<String, String> environment =
        Map.of(
            "WEAVE_PASSWORD",
            "correct horse",
            "WEFT_ROUTER_JAVA_OPTS",
            "-XX:NativeMemoryTracking=summary");
    Host left = ground.left();
    Host right = ground.right();
    left.launch(environment, "--ipalloc-init", "consensus=2");
    right.launch(environment, "--ipalloc-init", "consensus=2", ground.leftAddress());
    right.awaitConnections("established", 1);
    Container from = left.attach();
    Container to = right.attach();
    from.reaches(to);
    System.out.println(right.control().get("/status/connections").orFail().strip());
    ground.daemon(to.namespace(), "iperf3", "-s");
    Await.until(
        "iperf3 listens",
        GRACE,
        () -> to.namespace().run("ss", "-Hltn", "sport = :5201").out(),
        text -> !text.isBlank());
    long client =
        ground.daemon(
            from.namespace(),
            "iperf3",
            "-c",
            to.address(),
            "-t",
            Long.toString(TimeUnit.MINUTES.toSeconds(minutes) + GRACE.toSeconds()));
    watch(List.of(left.router().pid(), right.router().pid()), to.namespace(), client);
  }

  private void watch(List<Long> routers, Namespace receiver, long client) throws Exception {
    List<List<Sample>> samples = List.of(new ArrayList<>(), new ArrayList<>());
    long start = System.nanoTime();
    long lastNanos = start;
    long lastBytes = receivedBytes(receiver);
    double leastMbps = Double.MAX_VALUE;
    int stalled = 0;
    long count = TimeUnit.MINUTES.toSeconds(minutes) / SAMPLE_SECONDS;
    for (long number = 1; number <= count; number++) {
      long due = start + TimeUnit.SECONDS.toNanos(number * SAMPLE_SECONDS);
      Await.until("time passes", GRACE, System::nanoTime, now -> now - due >= 0);
      if (ProcessHandle.of(client).isEmpty()) {
        throw new AssertionError("the stream has ended early: " + ground.lastWords());
      }
      long bytes = receivedBytes(receiver);
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

  private static long receivedBytes(Namespace receiver) throws IOException {
    Command.Output output = receiver.run("cat", "/proc/net/dev").orFail();
    return output
        .out()
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("ethwe:"))
        .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[1]))
        .findFirst()
        .orElseThrow();
  }
}
