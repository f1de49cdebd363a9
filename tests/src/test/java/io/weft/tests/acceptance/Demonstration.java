package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A run of the packaged {@code weave demo}, and what there is of it on the machine. */
final class Demonstration implements AutoCloseable {
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Process process;
  private final Path output;
  private final String name;

  private Demonstration(Process process, Path output) {
    this.process = process;
    this.output = output;
    this.name = "weft-demo-" + process.pid();
  }

  static Demonstration start() throws IOException {
    Path output = Files.createTempFile("weft-test", ".demo");
    // Whoever runs the tests in the background may have us ignore SIGINT, which is inherited. Each
    // program of this line replaces the one before it, so the process stays the same.
    List<String> command =
        List.of("env", "--default-signal=INT", Prerequisites.weave().toString(), "demo");
    Process process =
        Command.prepare(command, Map.of())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    return new Demonstration(process, output);
  }

  /** What it has told so far. */
  String told() throws IOException {
    return Files.readString(output);
  }

  /** The same for messages of assertions. */
  String toldUnchecked() {
    try {
      return told();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Waits until it tells something. */
  void awaitTelling(String text) throws Exception {
    Await.until(
        "the demonstration tells " + text,
        LIMIT,
        this::told,
        told -> {
          if (!told.contains(text) && !process.isAlive()) {
            throw new AssertionError("it ended before it told " + text + ": " + told);
          }
          return told.contains(text);
        });
  }

  /** Does what Ctrl-C does, though to nobody but the demonstration itself. */
  void interrupt() throws IOException {
    Command.run(List.of("kill", "-INT", Long.toString(process.pid()))).orFail();
  }

  /** Waits for its end; returns the exit code. */
  int exit() throws Exception {
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("no end within " + LIMIT + ": " + told());
    }
    return process.exitValue();
  }

  /** Its network namespaces. */
  List<Path> namespaces() throws IOException {
    return entries(NAMESPACES, name + "-");
  }

  /** Its own files below {@code /run/weave}, those of the given namespaces included. */
  List<Path> files(List<String> inodes) throws IOException {
    Path root = Path.of("/run/weave");
    return Stream.concat(
            entries(root, name).stream(), inodes.stream().map(root::resolve).filter(Files::exists))
        .toList();
  }

  private static List<Path> entries(Path folder, String prefix) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> entry.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    if (!namespaces().isEmpty() || !files(List.of()).isEmpty()) {
      Command.run(List.of(Prerequisites.weave().toString(), "demo", "--remove", name)).orFail();
    }
    Files.deleteIfExists(output);
  }
}
