package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs inside a network namespace and collects what they print. */
final class Program {
  /** Our choice: nothing the demonstration runs takes a tenth of this. */
  private static final long SECONDS_MAX = 60;

  private Program() {}

  /**
   * What came of a program.
   *
   * @param exitCode its exit code
   * @param output what it printed on standard output
   * @param errors what it printed on standard error
   */
  record Result(int exitCode, String output, String errors) {
    boolean succeeded() {
      return exitCode == 0;
    }

    /** For a message: everything that tells what went wrong. */
    @Override
    public String toString() {
      return "exit code " + exitCode + "\n" + output + errors;
    }
  }

  /** Runs {@code command} to its end in {@code namespace}. */
  static Result run(
      NetworkNamespace namespace, Map<String, String> environment, List<String> command)
      throws IOException {
    Path output = Files.createTempFile("weft-demo-", ".out");
    Path errors = Files.createTempFile("weft-demo-", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      // A port or a password that the user has set for routers of their own is not meant for these.
      builder.environment().keySet().removeIf(name -> name.startsWith("WEAVE_"));
      builder.environment().putAll(environment);
      // A child belongs to the namespace of the thread that starts it.
      Process process = namespace.<Process, IOException>run(builder::start);
      int exitCode = await(process, command);
      return new Result(exitCode, read(output), read(errors));
    } finally {
      Files.delete(output);
      Files.delete(errors);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private static int await(Process process, List<String> command) throws IOException {
    try {
      if (process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new IOException(
          String.join(" ", command) + " did not end within " + SECONDS_MAX + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command.getFirst() + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
