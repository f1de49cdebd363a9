package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where {@code weave setup-cni} puts its files (features.md 2.5). */
class SetupCniCommandTest {
  @TempDir Path directory;

  private CommandHarness weave;
  private Path root;

  @BeforeEach
  void makeDistributionAndHost() throws IOException {
    assumeTrue(isRoot(), "only root may set up CNI");
    weave = new CommandHarness(directory);
    Path program = Files.createDirectories(directory.resolve("cni")).resolve("weave-plugin");
    Files.writeString(program, "#!/bin/sh\n");
    program.toFile().setExecutable(true);
    root = Files.createDirectories(directory.resolve("host"));
    Files.createDirectories(root.resolve("etc/cni/net.d"));
    weave.setting("HOST_ROOT", root.toString());
  }

  @AfterEach
  void close() {
    if (weave != null) {
      weave.close();
    }
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid && uid == 0;
  }

  @Test
  void takesFoldersAndHairpinModeFromTheEnvironment() throws IOException {
    weave.setting("WEAVE_CNI_PLUGIN_DIR", "/plugins").setting("HAIRPIN_MODE", "false");

    assertEquals(0, weave.run("setup-cni"), weave.err());
    for (String plugin : new String[] {"weave-net", "weave-ipam"}) {
      Path link = root.resolve("plugins").resolve(plugin);
      assertEquals("weave-plugin-" + Version.current(), Files.readSymbolicLink(link).toString());
    }
    String list = Files.readString(root.resolve("etc/cni/net.d/10-weave.conflist"));
    assertTrue(list.contains("\"hairpinMode\": false"), list);
    assertFalse(Files.exists(root.resolve("opt")), "the usual folder");
    assertEquals("", weave.out());
  }

  @Test
  void refusesAHairpinModeThatIsNone() {
    weave.setting("HAIRPIN_MODE", "perhaps");

    assertEquals(1, weave.run("setup"));
    assertEquals("HAIRPIN_MODE: \"perhaps\" is not accepted, true or false are.\n", weave.err());
  }
}
