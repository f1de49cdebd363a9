package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Reset without a router, in a network namespace where it can remove nothing of this machine. */
class ResetCommandTest {
  @TempDir Path directory;

  private final String name = "weft-reset-test-" + ProcessHandle.current().pid();
  private CommandHarness weave;
  private NetworkNamespace namespace;
  private Path state;

  @BeforeEach
  void makeHost() throws IOException {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "reset runs as root only");
    weave = new CommandHarness(directory);
    namespace = NetworkNamespace.create(name);
    state = directory.resolve("weavedata.db");
  }

  @AfterEach
  void removeHost() throws IOException {
    if (weave != null) {
      weave.close();
      namespace.close();
      NetworkNamespace.delete(name);
    }
  }

  private ResetCommand command() {
    return new ResetCommand(weave.console(), directory.resolve("weave").toString());
  }

  @Test
  void refusesWithoutForceToLoseAddressesThatOnlyTheStateFileKnowsOf() throws Exception {
    Files.writeString(state, "x");

    CommandFailure refused =
        assertThrows(
            CommandFailure.class,
            () -> namespace.<Integer, IOException>run(() -> command().call()));
    assertEquals(1, refused.exitCode());
    assertTrue(String.valueOf(refused.getMessage()).startsWith("weave is not running"));
    assertTrue(Files.exists(state));

    int exitCode =
        namespace.<Integer, IOException>run(() -> new CommandLine(command()).execute("--force"));
    assertEquals(0, exitCode);
    assertTrue(Files.notExists(state));
  }

  @Test
  void hasNothingToDoWhereNothingWasLaunched() throws Exception {
    assertEquals(0, namespace.<Integer, IOException>run(() -> command().call()));
  }
}
