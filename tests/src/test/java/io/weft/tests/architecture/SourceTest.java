package io.weft.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What no compiler checks in the sources of every module, tests included. */
final class SourceTest {
  private static final int FILE_LINES = 400;
  private static final int METHOD_LINES = 60;
  private static final int COLUMNS = 100;

  /** How a longer file says at its head why it stays in one piece. */
  private static final Pattern REASON_FOR_LENGTH = Pattern.compile("Longer than 400 lines because");

  private static final int HEAD_LINES = 60;

  private static final Pattern SLEEP = Pattern.compile("Thread\\.sleep|TimeUnit\\.\\w+\\.sleep");
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO[D]O|FIX[M]E|XX[X])\\b|@Dis[a]bled\\b|Unsupported[O]peration");

  private static final Pattern GENERATED = Pattern.compile("/target/");

  private static final List<Path> SOURCES = new ArrayList<>();

  @BeforeAll
  static void findSources() throws IOException {
    Path root = Path.of("").toAbsolutePath().getParent();
    assertTrue(root != null && Files.exists(root.resolve("gossip/pom.xml")), "run in tests/");
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !GENERATED.matcher(file.toString()).find())
          .sorted()
          .forEach(SOURCES::add);
    }
    assertTrue(SOURCES.size() > 20, "sources were found");
  }

  @Test
  void aFileStaysBelow400LinesUnlessItSaysWhyNot() {
    assertNone(
        "file too long",
        SOURCES.stream()
            .filter(file -> linesOf(file).size() >= FILE_LINES)
            .filter(file -> linesOf(file).stream().limit(HEAD_LINES).noneMatch(reasonForLength()))
            .map(file -> file + " has " + linesOf(file).size() + " lines"));
  }

  @Test
  void aLineStaysWithin100Columns() {
    assertNone(
        "line too long",
        findings((number, line) ->
            line.length() > COLUMNS && !line.startsWith("import ") ? "too long" : null));
  }

  @Test
  void nothingSleeps() {
    assertNone("waits by the clock", findings((number, line) -> match(SLEEP, line)));
  }

  @Test
  void nothingIsLeftUnfinished() {
    assertNone("is unfinished", findings((number, line) -> match(UNFINISHED, line)));
  }

  @Test
  void aPackageSaysWhatItHolds() {
    assertNone(
        "package without package-info.java",
        SOURCES.stream()
            .map(Path::getParent)
            .distinct()
            .filter(folder -> !hasPackageInfo(folder))
            .map(Path::toString));
  }

  @Test
  void aMethodStaysBelow60Lines() throws IOException {
    List<String> tooLong = new ArrayList<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(SOURCES));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new MethodLengths(unit, positions, tooLong).scan(unit, null);
      }
    }
    assertNone("method too long", tooLong.stream());
  }

  private static void assertNone(String what, Stream<String> findings) {
    assertEquals("", String.join("\n", findings.toList()), what);
  }

  private static Stream<String> findings(BiFunction<Integer, String, @Nullable String> check) {
    return SOURCES.stream()
        .flatMap(file -> {
          List<String> lines = linesOf(file);
          return IntStream.range(0, lines.size())
              .filter(index -> check.apply(index + 1, lines.get(index)) != null)
              .mapToObj(index -> file + ":" + (index + 1) + ": " + lines.get(index).strip());
        });
  }

  private static @Nullable String match(Pattern pattern, String line) {
    return pattern.matcher(line).find() ? pattern.pattern() : null;
  }

  private static java.util.function.Predicate<String> reasonForLength() {
    return REASON_FOR_LENGTH.asPredicate();
  }

  /** A test shares its package's page with the code it tests. */
  private static boolean hasPackageInfo(Path folder) {
    String main = folder.toString().replace("/src/test/java/", "/src/main/java/");
    return Files.exists(folder.resolve("package-info.java"))
        || Files.exists(Path.of(main, "package-info.java"));
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Collects the methods that fill more than a screen. */
  private static final class MethodLengths extends TreeScanner<Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> tooLong;

    MethodLengths(CompilationUnitTree unit, SourcePositions positions, List<String> tooLong) {
      this.unit = unit;
      this.positions = positions;
      this.tooLong = tooLong;
    }

    @Override
    public Void visitMethod(MethodTree method, @Nullable Void nothing) {
      long first = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, method));
      long last = unit.getLineMap().getLineNumber(positions.getEndPosition(unit, method));
      if (last - first + 1 >= METHOD_LINES) {
        tooLong.add(
            "%s:%d: %s has %d lines"
                .formatted(
                    unit.getSourceFile().getName(), first, method.getName(), last - first + 1));
      }
      return super.visitMethod(method, null);
    }
  }
}
