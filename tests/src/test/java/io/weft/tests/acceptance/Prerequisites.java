package io.weft.tests.acceptance;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** What acceptance needs of the machine; said once, before any test. */
public final class Prerequisites {
  private static final List<String> TOOLS = List.of("ip", "nsenter", "ping", "tcpdump");

  private Prerequisites() {}

  /** Skips the tests with the reason, or fails them where {@code CI=true} says they must run. */
  static void check() {
    check(List.of());
  }

  /** As {@link #check()}, for tests that need further programs, and files that no path leads to. */
  static void check(List<String> moreTools, Path... files) {
    String missing = missing(moreTools);
    for (Path file : files) {
      if (missing.isEmpty() && !Files.exists(file)) {
        missing = file + " is not installed";
      }
    }
    refuse(missing);
  }

  private static void refuse(String missing) {
    if ("true".equals(System.getenv("CI"))) {
      Assertions.assertEquals("", missing, "acceptance cannot run here");
    }
    Assumptions.assumeTrue(missing.isEmpty(), () -> "acceptance cannot run here: " + missing);
  }

  /** The program of the CNI plugins; missing where the build found no C compiler. */
  static Path plugin() {
    return weave().resolve("../../cni/weave-plugin").normalize();
  }

  /** The packaged command; its absence is a failure of the build, not a reason to skip. */
  public static Path weave() {
    Path weave =
        Path.of("..", "weave-cli", "target", "weft", "bin", "weave").toAbsolutePath().normalize();
    Assertions.assertTrue(Files.isExecutable(weave), weave + " has not been packaged");
    return weave;
  }

  private static String missing(List<String> moreTools) {
    if (!"root".equals(System.getProperty("user.name"))) {
      return "network namespaces need root";
    }
    for (String tool : Stream.concat(TOOLS.stream(), moreTools.stream()).toList()) {
      if (Stream.of(System.getenv("PATH").split(File.pathSeparator))
          .noneMatch(folder -> Files.isExecutable(Path.of(folder, tool)))) {
        return tool + " is not installed";
      }
    }
    return "";
  }
}
