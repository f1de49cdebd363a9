package io.weft.tests.acceptance;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs run to their end, with what they printed. */
public final class Command {
  /** Longest any one program may take on a loaded machine, and on one that is emulated. */
  private static final Duration LIMIT =
      Duration.ofSeconds(System.getenv("WEFT_GUEST") == null ? 60 : 600);

  private Command() {}

  /** What a program left behind. */
  public record Output(List<String> command, int exit, String out, String err) {
    /** This output of a program that must have succeeded. */
    public Output orFail() {
      if (exit != 0) {
        throw new AssertionError("failed: " + this);
      }
      return this;
    }
  }

  /** Runs a program, killed after a minute. */
  public static Output run(List<String> command) throws IOException {
    return run(command, Map.of());
  }

  /**
   * Runs a program with additions to its environment. It prints into files rather than pipes, so
   * that a daemon it leaves behind cannot hold us.
   */
  static Output run(List<String> command, Map<String, String> environment) throws IOException {
    return run(command, environment, "");
  }

  /** The same with something to read on standard input. */
  static Output run(List<String> command, Map<String, String> environment, String input)
      throws IOException {
    Path out = Files.createTempFile("weft-test", ".out");
    Path err = Files.createTempFile("weft-test", ".err");
    try {
      ProcessBuilder builder = prepare(command, environment);
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try (OutputStream stream = process.getOutputStream()) {
        stream.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The program has ended without reading: what it printed tells why.
        process.onExit().join();
      }
      if (!ends(process)) {
        process.destroyForcibly().onExit().join();
        throw new AssertionError(
            "no end within %s: %s; it printed %s %s"
                .formatted(LIMIT, command, Files.readString(out), Files.readString(err)));
      }
      return new Output(command, process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** A program with our Java and none of the settings of whoever runs the tests. */
  public static ProcessBuilder prepare(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("WEAVE_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    return builder;
  }

  private static boolean ends(Process process) throws IOException {
    try {
      return process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a program ran");
    }
  }
}
