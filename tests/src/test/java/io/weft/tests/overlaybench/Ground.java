package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Command;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Namespace;
import io.weft.tests.acceptance.Underlay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Two hosts joined by one cable (a veth pair, MTU 1500), with a folder for the configuration of
 * what runs on them. {@link #close} ends every program and removes everything.
 */
final class Ground implements AutoCloseable {
  private final Underlay underlay;
  private final Host left;
  private final Host right;
  private final Path folder;
  private final List<Path> outside = new ArrayList<>();

  private Ground(Underlay underlay) throws IOException {
    this.underlay = underlay;
    left = underlay.host("a");
    right = underlay.host("b");
    underlay.cable(left, right);
    folder = Files.createTempDirectory("weft-bench");
  }

  static Ground open() throws IOException {
    Underlay underlay = new Underlay();
    try {
      return new Ground(underlay);
    } catch (IOException | AssertionError e) {
      underlay.close();
      throw e;
    }
  }

  Underlay underlay() {
    return underlay;
  }

  Host left() {
    return left;
  }

  Host right() {
    return right;
  }

  String leftAddress() {
    return Underlay.CABLE_ADDRESSES.getFirst();
  }

  String rightAddress() {
    return Underlay.CABLE_ADDRESSES.getLast();
  }

  /** Writes a file of configuration and answers its path. */
  Path file(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return Files.writeString(file, String.join("\n", lines) + "\n");
  }

  /** Starts a program that stays, with what it prints in a file named after the namespace. */
  long daemon(Namespace namespace, String... command) throws IOException {
    Path log = folder.resolve(Path.of(command[0]).getFileName() + "-" + namespace.name() + ".log");
    ProcessBuilder builder = Command.prepare(namespace.inside(List.of(command)), Map.of());
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .directory(folder.toFile())
            .start();
    process.getOutputStream().close();
    return process.pid();
  }

  /** Has a file outside our folder removed in the end. */
  void removeInTheEnd(Path file) {
    outside.add(file);
  }

  /** Runs a program in the folder's configuration to its end; must succeed. */
  static String run(String... command) throws IOException {
    return Command.run(List.of(command)).orFail().out().strip();
  }

  /** The last lines that the programs here have printed, for messages about failures. */
  String lastWords() throws IOException {
    StringBuilder words = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        List<String> lines = Files.readString(log, StandardCharsets.ISO_8859_1).lines().toList();
        if (!lines.isEmpty()) {
          words.append(log.getFileName()).append(": ").append(lines.getLast()).append("; ");
        }
      }
    }
    return words.toString();
  }

  @Override
  public void close() throws IOException {
    try {
      underlay.close();
    } finally {
      for (Path file : outside) {
        Files.deleteIfExists(file);
      }
      try (Stream<Path> tree = Files.walk(folder)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
