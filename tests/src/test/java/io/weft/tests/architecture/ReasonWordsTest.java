package io.weft.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each word by which status says why a path is not used is in the handbook. */
final class ReasonWordsTest {
  /** Names of threads and flags have one hyphen, reasons have more. */
  private static final Pattern IN_SOURCE =
      Pattern.compile("\"((fastdp|sleeve2)-\\w+-[a-z0-9-]+)\"");

  private static final Pattern IN_HANDBOOK = Pattern.compile("`((fastdp|sleeve2)-[a-z0-9-]+)`");

  /** Those that the router makes of an overlay's name and an ending. */
  private static final List<String> MADE =
      List.of(
          "fastdp-failed",
          "fastdp-not-in-kernel-here",
          "fastdp-not-offered-by-peer",
          "sleeve2-failed",
          "sleeve2-not-offered-by-peer",
          "sleeve2-switched-off-here");

  @Test
  void theHandbookHasEachReasonAndNoOther() throws IOException {
    Set<String> words = new TreeSet<>(MADE);
    Path root = Path.of("").toAbsolutePath().resolveSibling(".").normalize();
    for (String module : List.of("fastpath", "sleeve", "router")) {
      try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .flatMap(file -> words(IN_SOURCE, read(file)))
            .forEach(words::add);
      }
    }
    Set<String> handbook =
        read(root.resolve("docs/cli.md"))
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split("\\|", -1)[1])
            .flatMap(cell -> words(IN_HANDBOOK, cell))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(words, handbook);
  }

  private static Stream<String> words(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
