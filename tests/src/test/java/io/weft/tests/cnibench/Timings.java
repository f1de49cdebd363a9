package io.weft.tests.cnibench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Times of one contender. For one thread. */
final class Timings {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final List<Long> adds = new ArrayList<>();
  private final List<Long> deletions = new ArrayList<>();
  private final List<Long> atOnce = new ArrayList<>();

  /** What is reported of a contender, in milliseconds. */
  record Figures(String plugin, double addP50, double addP99, double delP50, double add100P99) {}

  void add(String command, long nanos) {
    (command.equals("ADD") ? adds : deletions).add(nanos);
  }

  void addAtOnce(List<Long> nanos) {
    atOnce.addAll(nanos);
  }

  Figures figures(String plugin) {
    return new Figures(
        plugin,
        percentile(adds, 50),
        percentile(adds, 99),
        percentile(deletions, 50),
        percentile(atOnce, 99));
  }

  /** In milliseconds. */
  static double percentile(List<Long> nanos, int percent) {
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    int rank = Math.max(1, (int) Math.ceil(percent / 100.0 * sorted.size()));
    return sorted.get(rank - 1) / NANOS_PER_MILLISECOND;
  }

  static String json(List<Figures> figures) {
    StringBuilder text = new StringBuilder("[\n");
    for (Figures one : figures) {
      text.append(
          String.format(
              Locale.ROOT,
              "  {\"plugin\": \"%s\", \"add_p50_ms\": %.2f, \"add_p99_ms\": %.2f,"
                  + " \"del_p50_ms\": %.2f, \"add100_p99_ms\": %.1f}%s%n",
              one.plugin,
              one.addP50,
              one.addP99,
              one.delP50,
              one.add100P99,
              one.equals(figures.getLast()) ? "" : ","));
    }
    return text.append("]\n").toString();
  }

  /** The figures, and how the first contender stands to the last. */
  static String table(List<Figures> figures) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%-20s %9s %9s %9s %12s%n", "ms", "ADD p50", "p99", "DEL p50", "100 at once"));
    for (Figures one : figures) {
      line(text, one.plugin, one, "%9.2f");
    }
    Figures first = figures.getFirst();
    Figures last = figures.getLast();
    Figures ratios =
        new Figures(
            "ratio",
            first.addP50 / last.addP50,
            first.addP99 / last.addP99,
            first.delP50 / last.delP50,
            first.add100P99 / last.add100P99);
    line(text, first.plugin + " / other", ratios, "%8.2fx");
    return text.toString();
  }

  private static void line(StringBuilder text, String name, Figures figures, String format) {
    text.append(String.format("%-20s", name));
    for (double value :
        new double[] {figures.addP50, figures.addP99, figures.delP50, figures.add100P99}) {
      text.append(' ').append(String.format(Locale.ROOT, format, value));
    }
    text.append(System.lineSeparator());
  }
}
