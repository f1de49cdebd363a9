package io.weft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine and this user must be for commands that change the network. */
final class Host {
  private static final Path OWN_PROCESS = Path.of("/proc/self");

  private Host() {}

  static void requireRootOnLinux(String command) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw CommandFailure.of("weave " + command + " runs on Linux only.");
    }
    if (!isRoot()) {
      throw CommandFailure.of("weave " + command + " must be run as root.");
    }
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(OWN_PROCESS, "unix:uid") instanceof Integer uid && uid == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
