package io.weft.tests.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Runs many seeds at several sizes, as many at a time as there are processors: {@code make sim}.
 *
 * <p>Arguments: first seed, number of seeds, sizes with commas between. The last line printed is
 * {@code N seeds, M steps, V violations}; the exit code is 1 when there were violations.
 */
final class Campaign {
  /** Routers simulated at a time, which bounds the memory. */
  private static final int MAX_ROUTERS = 1_000;

  /** The first violations tell the cause, the others follow from it. */
  private static final int MAX_PRINTED = 5;

  /** Runs of so many routers take long enough for a line each. */
  private static final int MIN_TOLD = 100;

  /** Held here, since loggers without a reference forget their level. */
  private static final Logger LOGGER = Logger.getLogger("io.weft");

  private final Semaphore room = new Semaphore(MAX_ROUTERS, true);
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong violations = new AtomicLong();

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 3) {
      System.err.println("usage: FIRST_SEED SEEDS SIZE[,SIZE]...");
      System.exit(2);
    }
    LOGGER.setLevel(Level.OFF);
    long first = Long.parseLong(arguments[0]);
    long count = Long.parseLong(arguments[1]);
    List<Integer> sizes = Stream.of(arguments[2].split(",", -1)).map(Integer::valueOf).toList();
    Campaign campaign = new Campaign();
    campaign.run(first, count, sizes);
    System.out.printf(
        Locale.ROOT,
        "%d seeds, %d steps, %d violations%n",
        count,
        campaign.steps.get(),
        campaign.violations.get());
    System.exit(campaign.violations.get() == 0 ? 0 : 1);
  }

  private void run(long first, long count, List<Integer> sizes) throws Exception {
    for (int size : sizes) {
      long start = System.nanoTime();
      long stepsBefore = steps.get();
      long violationsBefore = violations.get();
      int threads = Runtime.getRuntime().availableProcessors();
      try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
        List<Future<?>> runs = new ArrayList<>();
        for (long seed = first; seed < first + count; seed++) {
          long next = seed;
          runs.add(executor.submit(() -> runOne(next, size)));
        }
        for (Future<?> run : runs) {
          run.get();
        }
      }
      System.out.printf(
          Locale.ROOT,
          "size %d: %d steps, %d violations, %.1f s%n",
          size,
          steps.get() - stepsBefore,
          violations.get() - violationsBefore,
          (System.nanoTime() - start) / 1e9);
    }
  }

  private void runOne(long seed, int size) {
    int permits = Math.min(size, MAX_ROUTERS);
    room.acquireUninterruptibly(permits);
    try {
      Simulation simulation = new Simulation(seed, size);
      simulation.run();
      steps.addAndGet(simulation.steps());
      violations.addAndGet(simulation.violations().size());
      if (size >= MIN_TOLD) {
        System.out.printf(Locale.ROOT, "size %d, seed %d: %s%n", size, seed, simulation.summary());
      }
      if (!simulation.violations().isEmpty()) {
        System.out.println(report(seed, size, simulation));
      }
    } finally {
      room.release(permits);
    }
  }

  /** Everything needed to find out what went wrong. */
  static String report(long seed, int size, Simulation simulation) {
    StringBuilder text = new StringBuilder();
    for (String violation : simulation.violations().stream().limit(MAX_PRINTED).toList()) {
      text.append("VIOLATION seed %d, size %d, ".formatted(seed, size))
          .append(violation)
          .append(System.lineSeparator());
    }
    return text.append("  in ")
        .append(simulation.summary())
        .append(System.lineSeparator())
        .append("  again with: make sim SEEDS=1 FIRST_SEED=%d SIZES=%d".formatted(seed, size))
        .toString();
  }
}
