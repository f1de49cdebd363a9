package io.weft.cli.demo;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells the onlooker, line by line, what happens. */
final class Progress {
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrintWriter out;
  private final long startNanos = System.nanoTime();

  Progress(PrintWriter out) {
    this.out = out;
  }

  void heading(String text) {
    out.println();
    line(text);
  }

  void line(String text) {
    double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
    out.printf(Locale.ROOT, "[%6.2f s] %s%n", seconds, text);
    out.flush();
  }

  /** The output of a program, under the command that a user would have typed. */
  void transcript(String command, String output) {
    out.println();
    out.println("$ " + command);
    output.replaceFirst("^\\n+", "").stripTrailing().lines().forEach(out::println);
    out.flush();
  }

  void plain(String text) {
    out.println(text);
    out.flush();
  }
}
