package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The commands of a host's life, typed, with their outputs and exit codes (row L17, L18). */
final class TypedCommandsTest {
  private static final Path TABLE = Path.of("src/test/resources/features/typed.txt");
  private static final Pattern COLUMNS = Pattern.compile("(?<!\\\\)\\|");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void l17EveryCommandPrintsAndEndsAsTheTableSays() throws Exception {
    List<String> wrong = new ArrayList<>();
    int typed = 0;
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      for (String row : Files.readAllLines(TABLE)) {
        if (row.startsWith("#")) {
          continue;
        }
        typed++;
        List<String> cells = Stream.of(COLUMNS.split(row, -1)).map(String::strip).toList();
        if (cells.get(1).equals("LAUNCH")) {
          host.launch("192.0.2.9");
          continue;
        }
        // A template may hold a blank; the table cannot.
        List<String> command =
            Stream.of(cells.get(1).split(" ", -1)).map(word -> word.replace('_', ' ')).toList();
        Command.Output output = host.weave(Map.of(), command);
        Pattern expected =
            Pattern.compile(cells.get(2).replace("~", "\n").replace("\\|", "|"), Pattern.DOTALL);
        boolean isRight =
            output.exit() == Integer.parseInt(cells.getFirst())
                && expected.matcher(output.out()).matches()
                && output.err().contains(cells.get(3));
        if (!isRight) {
          wrong.add(row + " => " + output);
        }
      }
    }
    assertTrue(typed > 60, typed + " commands");
    assertEquals(List.of(), wrong);
  }
}
