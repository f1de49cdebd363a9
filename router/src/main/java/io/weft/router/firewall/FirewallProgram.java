package io.weft.router.firewall;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs {@code nft}, {@code iptables} and {@code ipset}, with an end to all waiting. */
final class FirewallProgram {
  private static final long LIMIT_SECONDS = 10;

  /** Where they are on hosts whose services do not have all of them on the path. */
  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/usr/sbin"), Path.of("/sbin"), Path.of("/usr/bin"), Path.of("/usr/local/sbin"));

  private FirewallProgram() {}

  /** What a program left behind. */
  record Output(int exit, String text) {}

  static boolean exists(String name) {
    return FOLDERS.stream().anyMatch(folder -> Files.isExecutable(folder.resolve(name)));
  }

  /**
   * Runs a program, whatever comes of it.
   *
   * @throws IOException if it is not there or does not end
   */
  static Output run(List<String> command, String input) throws IOException {
    String name = command.getFirst();
    Path program =
        FOLDERS.stream()
            .map(folder -> folder.resolve(name))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() -> new IOException("there is no program " + name + " on this host"));
    List<String> line = new java.util.ArrayList<>(command);
    line.set(0, program.toString());
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    try {
      CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
      try (OutputStream stream = process.getOutputStream()) {
        stream.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String text = output.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return new Output(process.waitFor(), text);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException(name + " does not end: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + name + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs a program that must succeed, and returns what it printed. */
  static String require(List<String> command, String input) throws IOException {
    Output output = run(command, input);
    if (output.exit() != 0) {
      throw new IOException(
          "%s failed with %d: %s"
              .formatted(String.join(" ", command), output.exit(), output.text().strip()));
    }
    return output.text();
  }

  private static String read(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
