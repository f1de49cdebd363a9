package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Removing a demonstration: exactly the one that is named, and none that is in use. */
class DemoCommandTest {
  /** Above every process number that Linux gives, so that no process can have it. */
  private static final String ENDED = "weft-demo-4194999";

  @TempDir Path directory;

  private CommandHarness weave;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "demo runs as root only");
    weave = new CommandHarness(directory);
  }

  @AfterEach
  void stop() {
    if (weave != null) {
      weave.close();
    }
  }

  private Path leftBy(String name) throws IOException {
    Path files = Files.createDirectories(directory.resolve("run").resolve(name));
    Files.writeString(files.resolve("host1-data.db"), "x");
    return files;
  }

  @Test
  void removesTheNamedOneAndNoOther() throws IOException {
    Path named = leftBy(ENDED);
    Path other = leftBy(ENDED + "1");

    assertEquals(0, weave.run("demo", "--remove", ENDED), weave.err());
    assertTrue(Files.notExists(named));
    assertTrue(Files.exists(other));
  }

  @Test
  void leavesOneAloneWhoseProcessStillRuns() throws Exception {
    String mark = "io.weft.cli.";
    Process player = new ProcessBuilder("sh", "-c", "read wait", mark).start();
    try {
      String name = "weft-demo-" + player.pid();
      Path files = leftBy(name);

      assertEquals(1, weave.run("demo", "--remove", name));
      assertTrue(weave.err().contains("its process still runs"), weave.err());
      assertTrue(Files.exists(files));
    } finally {
      player.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"weft-demo-4194998", "../run", "weft-demo-1/..", "*"})
  void refusesWhatIsNoDemonstration(String name) throws IOException {
    Path other = leftBy(ENDED);

    assertEquals(1, weave.run("demo", "--remove", name));
    assertTrue(weave.err().contains(ENDED), weave.err());
    assertTrue(Files.exists(other));
  }

  @Test
  void wantsAName() {
    assertEquals(1, weave.run("demo", "--remove"));
  }
}
