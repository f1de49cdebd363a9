package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell script that starts the command, with Java runtimes that only print their arguments. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("src/main/dist/bin/weave");

  @TempDir Path directory;

  private Path launcher;

  private record Result(int exitCode, String output) {}

  @BeforeEach
  void install() throws IOException {
    Files.createDirectories(directory.resolve("weft/lib"));
    Files.createDirectories(directory.resolve("weft/bin"));
    launcher = Files.copy(SCRIPT, directory.resolve("weft/bin/weave"));
    launcher.toFile().setExecutable(true);
  }

  private Path runtime(String name, String version) throws IOException {
    Path home = directory.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho " + name + "\nfor a; do echo \"[$a]\"; done\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private static Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  @Test
  void isAPosixScript() throws Exception {
    assertEquals(new Result(0, ""), run(Map.of(), "sh", "-n", SCRIPT.toString()));
  }

  @Test
  void prefersTheRuntimeThatTheUserNames() throws Exception {
    Path wish = runtime("wish", "25.0.1");
    Path other = runtime("other", "26");
    for (Path named : List.of(wish, wish.resolve("bin/java"))) {
      Result result =
          run(
              Map.of("WEFT_JAVA", named.toString(), "JAVA_HOME", other.toString()),
              launcher.toString(),
              "status");

      assertEquals(0, result.exitCode(), result.output());
      assertTrue(result.output().startsWith("wish\n"), result.output());
    }
  }

  @Test
  void refusesAWishThatIsTooOldAndNamesIt() throws Exception {
    Path old = runtime("old", "17.0.9");
    Result result = run(Map.of("WEFT_JAVA", old.toString()), launcher.toString());

    assertEquals(1, result.exitCode());
    assertTrue(result.output().contains(old + " (from WEFT_JAVA) is release 17"), result.output());
  }

  @Test
  void passesOverAnOldRuntimeInJavaHome() throws Exception {
    Path old = runtime("old", "17.0.9");
    Path recent = runtime("recent", "25");
    Result result =
        run(
            Map.of("JAVA_HOME", old.toString(), "PATH", recent + "/bin:" + System.getenv("PATH")),
            launcher.toString());

    assertTrue(result.output().startsWith("recent\n"), result.output());
  }

  @Test
  void findsItsLibrariesBehindSymbolicLinksAndKeepsArgumentsWhole() throws Exception {
    Path recent = runtime("recent", "25");
    Path outer = Files.createSymbolicLink(directory.resolve("inner"), launcher);
    Path link = Files.createSymbolicLink(directory.resolve("weave"), outer.getFileName());
    Result result =
        run(Map.of("JAVA_HOME", recent.toString()), link.toString(), "connect", "two words");

    Path home = directory.resolve("weft").toRealPath();
    assertTrue(result.output().contains("[" + home + "/lib/*]"), result.output());
    assertTrue(result.output().endsWith("[connect]\n[two words]\n"), result.output());
  }
}
