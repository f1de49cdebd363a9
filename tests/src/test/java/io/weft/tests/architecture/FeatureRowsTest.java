package io.weft.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each row of Weave Net's feature table names the test that shows it, or the reason why none does.
 */
final class FeatureRowsTest {
  private static final Path ROWS = Path.of("src/test/resources/features/rows.txt");

  /** How many rows each letter has in the table. */
  private static final Map<String, Integer> TABLE =
      Map.of("L", 20, "D", 19, "I", 19, "C", 24, "K", 20, "P", 16, "N", 9, "S", 9, "A", 7, "Q", 20);

  /** The numbers of the old scripts (features.md 6). */
  private static final String SCRIPTS =
      "090 100 101 105 110 111 115 120 130 135 140 150 175 190 191 195 200 205 210 215 220 225 230"
          + " 240 245 250 255 260 265 270 280 290 295 300 310 320 330 335 340 350 360 362 370 380"
          + " 390 500 510 600 601 602 603 604 605 610 615 620 630 635 640 650 655 660 666 670 680"
          + " 690 700 705 800 810 820 830 840 850 860 870";

  private static List<String[]> rows() throws IOException {
    return Files.readAllLines(ROWS).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split(" +", 2))
        .toList();
  }

  @Test
  void everyRowOfTheTableIsThereOnce() throws IOException {
    Set<String> expected = new TreeSet<>();
    TABLE.forEach((letter, count) -> {
      for (int number = 1; number <= count; number++) {
        expected.add(letter + number);
      }
    });
    List<String> found =
        rows().stream().map(row -> row[0]).filter(id -> !id.matches("\\d+")).sorted().toList();
    assertEquals(List.copyOf(expected), found);
  }

  @Test
  void everyOldScriptIsThereOnce() throws IOException {
    List<String> found =
        rows().stream().map(row -> row[0]).filter(id -> id.matches("\\d+")).toList();
    assertEquals(List.of(SCRIPTS.split(" ", -1)), found);
  }

  @Test
  void everyTestThatARowNamesIsThere() throws IOException {
    Map<String, String> sources = sources();
    Set<String> missing = new HashSet<>();
    int named = 0;
    for (String[] row : rows()) {
      if (row[1].startsWith("- ")) {
        continue;
      }
      named++;
      String[] parts = row[1].split("\\.", 2);
      String source = sources.getOrDefault(parts[0], "");
      if (!isTest(source, parts[1])) {
        missing.add(row[1]);
      }
    }
    assertTrue(named > 80, named + " rows that name a test");
    assertEquals(Set.of(), missing);
  }

  /** Whether a method is there and JUnit runs it, whatever annotations stand between. */
  private static boolean isTest(String source, String method) {
    String arguments = "(\\((?:[^()]|\\([^()]*\\))*\\))?";
    String between = "(\\s*@\\w+" + arguments + "|\\s*//[^\\n]*)*\\s*(\\w+ )*void ";
    return Pattern.compile("@(Parameterized)?Test\\b" + arguments + between + method + "\\(")
        .matcher(source)
        .find();
  }

  /** The source of each test class; of those that share a name, all together. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    List<Path> modules = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Path.of(".."))) {
      modules.addAll(
          folders.map(folder -> folder.resolve("src/test/java")).collect(Collectors.toList()));
    }
    for (Path tests : modules) {
      if (!Files.isDirectory(tests)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(tests)) {
        for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.merge(name, Files.readString(file), String::concat);
        }
      }
    }
    return sources;
  }
}
