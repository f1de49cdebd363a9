package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.router.options.RouterOptions;
import io.weft.router.options.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every row of the tables of Weave Net's commands, flags and variables (features.md 1.2 to 1.5).
 */
class FeatureTablesTest {
  /** Commands that only the help text, or another name of theirs, brings up. */
  private static final Set<String> ALIASES = Set.of("help");

  @TempDir Path directory;

  static Stream<String> flags() {
    return rows("flags.txt");
  }

  static Stream<String> variables() {
    return rows("variables.txt");
  }

  static Stream<String> commands() {
    return rows("commands.txt");
  }

  private static Stream<String> rows(String file) {
    try (InputStream in = FeatureTablesTest.class.getResourceAsStream(file)) {
      assertTrue(in != null, file);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines().filter(line -> !line.startsWith("#")).toList().stream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("flags")
  void aFlagIsAcceptedOrRefusedAsTheTableSays(String row) {
    List<String> cells = List.of(row.split(" +", -1));
    String flag = cells.get(0);
    assertEquals(cells.get(2), byTheCommand(flag), "weave launch " + flag);
    assertEquals(cells.get(3), cells.get(3).equals("-") ? "-" : byTheRouter(flag), flag);
    if (cells.get(1).equals("X")) {
      assertEquals("warned", cells.get(2), "what is dead is accepted and ignored");
    }
  }

  private static String byTheCommand(String flag) {
    try {
      LaunchArguments launch = LaunchArguments.parse(List.of(flag, "peer"));
      assertEquals(List.of("peer"), launch.peers());
      String name = flag.replaceFirst("=.*", "");
      assertTrue(launch.remarks().stream().allMatch(remark -> remark.startsWith(name + " has no")));
      return launch.remarks().isEmpty() ? "accepted" : "warned";
    } catch (CommandFailure e) {
      assertEquals(ExitCode.BAD_FLAG, e.exitCode());
      assertTrue(String.valueOf(e.getMessage()).startsWith(flag.replaceFirst("=.*", "")), flag);
      return "refused";
    }
  }

  private static String byTheRouter(String flag) {
    try {
      // The list of peers and --resume exclude each other.
      boolean resumes = flag.equals("--resume");
      RouterOptions options =
          RouterOptions.parse(resumes ? List.of(flag) : List.of(flag, "peer"), Map.of());
      assertEquals(resumes ? List.of() : List.of("peer"), options.peers());
      return options.ignored().isEmpty() ? "accepted" : "warned";
    } catch (UsageException e) {
      assertEquals(UsageException.BAD_FLAG, e.exitCode(), e.getMessage());
      assertTrue(String.valueOf(e.getMessage()).contains(flag.replaceFirst("=.*", "")), flag);
      return "refused";
    }
  }

  @Test
  void flagsAboutDnsMeanNothingTogetherWithNoDns() throws UsageException {
    List<String> flags = List.of("--dns-domain=x.", "--no-dns", "--resolv-conf", "/x", "a");

    assertEquals(List.of("a"), LaunchArguments.parse(flags).forRouter());
    assertEquals(List.of("a"), RouterOptions.parse(flags, Map.of()).peers());
  }

  @Test
  void everyFlagThatIsKnownHasARow() {
    Set<String> inTable =
        flags()
            .map(row -> LaunchFlags.find(row.replaceFirst("[= ].*", "")))
            .map(flag -> flag == null ? "unknown" : flag.name())
            .collect(Collectors.toSet());
    assertEquals(LaunchFlags.all().map(LaunchFlag::name).collect(Collectors.toSet()), inTable);
  }

  @ParameterizedTest
  @MethodSource("variables")
  void aVariableHasTheEffectThatTheTableSays(String row) throws IOException {
    List<String> cells = List.of(row.split(" +", -1));
    String name = cells.getFirst().replaceFirst("=.*", "");
    Map<String, String> environment = Map.of(name, cells.getFirst().replaceFirst("^[^=]*=", ""));
    String becomes;
    try {
      becomes = String.join(" ", LaunchArguments.parse(List.of()).with(environment).forRouter());
    } catch (CommandFailure e) {
      assertEquals(ExitCode.BAD_FLAG, e.exitCode());
      becomes = "refused";
    }
    boolean isElsewhere = cells.get(2).equals("environment");
    assertEquals(isElsewhere || cells.get(2).equals("nothing") ? "" : cells.get(2), becomes);
    if (isElsewhere) {
      assertTrue(Files.readString(testNamed(cells.get(3))).contains(name), row);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandAnswersAsTheTableSays(String row) throws IOException {
    List<String> cells = Stream.of(row.split("\\|", -1)).map(String::stripTrailing).toList();
    String router = cells.get(2).strip();
    if (router.startsWith("test ")) {
      String command = cells.getFirst();
      String test = Files.readString(testNamed(router.substring("test ".length())));
      for (String word : command.split(" ", -1)) {
        assertTrue(test.contains(word.replaceFirst("^--", "")), row);
      }
      return;
    }
    try (CommandHarness weave = new CommandHarness(directory)) {
      List<String> requests = new ArrayList<>();
      if (router.equals("down")) {
        weave.withoutRouter();
      } else if (!router.equals("-")) {
        for (String exchange : router.split("; ", -1)) {
          String[] parts = exchange.split(" ", 4);
          weave.answering(
              parts[0] + " " + parts[1],
              Integer.parseInt(parts[2]),
              parts.length < 4 ? "" : parts[3]);
          requests.add(parts[0] + " " + parts[1]);
        }
      }
      int exit = weave.run(cells.getFirst().split(" ", -1));
      assertEquals(cells.get(3).strip(), Integer.toString(exit), weave.err());
      assertEquals(
          cells.get(4).strip(),
          weave.out().replace("\n", "~").replace(Version.current(), "VERSION"));
      String error = cells.get(5).strip();
      assertEquals(error.isEmpty(), weave.err().isEmpty(), weave.err());
      assertTrue(weave.err().contains(error), weave.err());
      List<String> asked = weave.requests().stream().map(FeatureTablesTest::withoutForm).toList();
      assertTrue(asked.containsAll(requests), "asked: " + asked);
    }
  }

  private static String withoutForm(String request) {
    String[] parts = request.split(" ", 3);
    return parts[0] + " " + parts[1];
  }

  @Test
  void everyCommandThereIsHasARow() throws IOException {
    Set<String> inTable = new HashSet<>(ALIASES);
    commands()
        .map(row -> row.replaceFirst("^--local ", "").replaceFirst("[ |].*", ""))
        .forEach(inTable::add);
    try (CommandHarness weave = new CommandHarness(directory)) {
      assertFalse(weave.commandNames().isEmpty());
      assertTrue(inTable.containsAll(weave.commandNames()), () -> "rows: " + inTable);
    }
  }

  /** The source of a test of any module. */
  private static Path testNamed(String name) throws IOException {
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      for (Path module : modules.toList()) {
        Path tests = module.resolve("src/test/java");
        if (!Files.isDirectory(tests)) {
          continue;
        }
        try (Stream<Path> files = Files.walk(tests)) {
          List<Path> found = files.filter(file -> file.endsWith(name + ".java")).limit(1).toList();
          if (!found.isEmpty()) {
            return found.getFirst();
          }
        }
      }
    }
    throw new AssertionError("there is no test " + name);
  }
}
