package io.weft.tests.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A control group, as runtimes make one for each container and call it after the id. */
final class ControlGroup implements AutoCloseable {
  private static final String PROCESSES = "cgroup.procs";

  private final Path root;
  private final Path group;

  private ControlGroup(Path root, String name) {
    this.root = root;
    group = root.resolve(name);
  }

  /** Version 2, which can be mounted anywhere, also where the system uses version 1. */
  static ControlGroup create(Path root, String name) throws IOException {
    Files.createDirectories(root);
    Command.Output mount = Command.run(List.of("mount", "-t", "cgroup2", "none", root.toString()));
    Assumptions.assumeTrue(mount.exit() == 0, "no control groups here: " + mount.err());
    ControlGroup made = new ControlGroup(root, name);
    Files.createDirectory(made.group);
    return made;
  }

  void add(long process) throws IOException {
    Files.writeString(group.resolve(PROCESSES), Long.toString(process));
  }

  @Override
  public void close() throws IOException {
    // What is in it would keep it.
    for (String process : Files.readAllLines(group.resolve(PROCESSES))) {
      Files.writeString(root.resolve(PROCESSES), process);
    }
    Files.delete(group);
    Command.run(List.of("umount", root.toString())).orFail();
  }
}
