package io.weft.tests.simulation;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How traffic, memory and time grow with the number of routers, with the protocol extensions and
 * without: {@code make bench-mesh}. Never fails on numbers.
 *
 * <p>Arguments: processor seconds that one run may take, sizes with commas between. A run that
 * takes longer gives a line of what it measured until then.
 */
final class ScalingBenchmark {
  /** A full mesh of more does not fit into the memory of a small machine. */
  private static final int LARGEST_FULL_MESH = 300;

  private static final double KIB = 1024;

  /** Held here, since loggers without a reference forget their level. */
  private static final Logger LOGGER = Logger.getLogger("io.weft");

  private record Column(String title, ToDoubleFunction<ScalingRun.Figures> figure, String format) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("join s", ScalingRun.Figures::joinSeconds, "%.1f"),
          new Column("rest KiB/min", figures -> figures.restBytes() / KIB, "%.0f"),
          new Column("storm KiB/min", figures -> figures.stormBytes() / KIB, "%.0f"),
          new Column("storm s", ScalingRun.Figures::stormSeconds, "%.1f"),
          new Column("peak KiB", figures -> figures.peakBytes() / KIB, "%.0f"),
          new Column("heap KiB", figures -> figures.heapBytes() / KIB, "%.0f"),
          new Column("objects KiB", figures -> figures.objectBytes() / KIB, "%.0f"),
          new Column("cpu ms/min", ScalingRun.Figures::cpuMillis, "%.1f"));

  private ScalingBenchmark() {}

  /** See the class comment. */
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: SECONDS_PER_RUN SIZE[,SIZE]...");
      System.exit(2);
    }
    LOGGER.setLevel(Level.OFF);
    long budgetNanos = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[0]));
    System.out.println("Per router, in virtual time; the ratio is without to with extensions.");
    StringBuilder head = new StringBuilder("%-6s %-7s %-11s".formatted("peers", "mesh", ""));
    COLUMNS.forEach(column -> head.append(" %14s".formatted(column.title())));
    System.out.println(head);
    for (String size : Stream.of(arguments[1].split(",", -1)).toList()) {
      compare(Integer.parseInt(size), budgetNanos);
    }
  }

  private static void compare(int size, long budgetNanos) {
    boolean full = size <= LARGEST_FULL_MESH;
    ScalingRun.Figures with = measure(size, full, true, budgetNanos);
    ScalingRun.Figures without = measure(size, full, false, budgetNanos);
    if (with != null && without != null) {
      StringBuilder line = line(size, full, "ratio");
      for (Column column : COLUMNS) {
        double ratio = column.figure().applyAsDouble(without) / column.figure().applyAsDouble(with);
        line.append(cell(ratio, "%.1f"));
      }
      System.out.println(line);
    }
  }

  private static ScalingRun.@Nullable Figures measure(
      int size, boolean full, boolean extensions, long budgetNanos) {
    StringBuilder line = line(size, full, extensions ? "extensions" : "compatible");
    ScalingRun.Figures figures = null;
    long start = System.nanoTime();
    try {
      figures = new ScalingRun(size, full, extensions, budgetNanos).run();
      for (Column column : COLUMNS) {
        line.append(cell(column.figure().applyAsDouble(figures), column.format()));
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      line.append(String.format(Locale.ROOT, "   (%.0f s of real time)", seconds));
      if (figures.stopped() != null) {
        line.append(" out of time: ").append(figures.stopped());
      }
    } catch (OutOfMemoryError e) {
      line.append(" not run: out of memory");
    }
    System.out.println(line);
    return figures;
  }

  private static String cell(double value, String format) {
    String text = Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    return " %14s".formatted(text);
  }

  private static StringBuilder line(int size, boolean full, String what) {
    return new StringBuilder("%-6d %-7s %-11s".formatted(size, full ? "full" : "sparse", what));
  }
}
