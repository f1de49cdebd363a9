package io.weft.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * One demonstration from beginning to end, with everything removed afterwards, whether it succeeds,
 * fails or is interrupted.
 */
public final class DemoRun {
  private static final int PASSWORD_BYTES = 16;

  private final PrintWriter out;
  private final Path weave;
  private final Path runRoot;
  private final String name = Scenery.NAME_PREFIX + ProcessHandle.current().pid();

  /** What to do once the hosts are up. */
  public enum Kind {
    /** Show that everything works. */
    SHOW,
    /** Show it, and leave the hosts running. */
    SHOW_AND_KEEP,
    /** Compare the overlay with a plain veth pair. */
    MEASURE
  }

  /**
   * Prepares a demonstration.
   *
   * @param out where to tell what happens
   * @param weave the weave command to use
   * @param runRoot where that command keeps its pid files
   */
  public DemoRun(PrintWriter out, Path weave, Path runRoot) {
    this.out = out;
    this.weave = weave;
    this.runRoot = runRoot;
  }

  /**
   * Runs it.
   *
   * @throws DemoFailure at the first step that does not go as it must
   * @throws IOException if the machine refuses something
   */
  public void run(Kind kind) throws IOException, DemoFailure {
    Progress progress = new Progress(out);
    Files.createDirectories(runRoot);
    Files.createDirectory(
        directory(name),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    boolean keep = false;
    try (Stage stage = new Stage(name, weave, directory(name))) {
      Cleanup cleanup = new Cleanup(stage, scenery(name), progress);
      Runtime.getRuntime().addShutdownHook(cleanup.asHook());
      try {
        progress.line("Building three hosts as network namespaces " + name + "-host{1,2,3}");
        stage.build(newPassword());
        if (kind == Kind.MEASURE) {
          new Bench(stage, progress).run();
        } else {
          new Demo(stage, progress).run();
        }
        keep = kind == Kind.SHOW_AND_KEEP;
      } finally {
        if (keep) {
          cleanup.cancel();
        } else {
          cleanup.run();
        }
      }
      if (keep) {
        explain(stage, progress);
      }
    }
  }

  /**
   * Removes one demonstration that was kept, or left by a process that was killed. There is no way
   * to remove all: others on this machine may have theirs.
   *
   * @param which its name, as the demonstration printed it
   * @throws DemoFailure if that is no name of one, or its process still runs
   */
  public void remove(String which) throws IOException, DemoFailure {
    String step = "removing " + which;
    if (!Scenery.isName(which) || !Scenery.names(runRoot).contains(which)) {
      throw new DemoFailure(step, "one of " + Scenery.names(runRoot), which);
    }
    if (Scenery.isPlaying(which)) {
      throw new DemoFailure(step, "a demonstration that has ended", "its process still runs");
    }
    scenery(which).remove();
    out.println("Removed " + which + ".");
  }

  private Scenery scenery(String which) {
    return new Scenery(which, runRoot, directory(which));
  }

  private Path directory(String which) {
    return runRoot.resolve(which);
  }

  private static String newPassword() {
    byte[] bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private void explain(Stage stage, Progress progress) {
    progress.heading("Left running.");
    for (Host host : stage.hosts()) {
      progress.plain("  " + host.nickname() + ": nsenter --net=/run/netns/" + host.name());
      host.containers()
          .forEach(container ->
              progress.plain(
                  "    container "
                      + container.address().getHostAddress()
                      + ": nsenter --net=/run/netns/"
                      + container.name()));
    }
    progress.plain("On a host, for example: " + weave + " status connections");
    progress.plain("Remove everything:      " + weave + " demo --remove " + name);
  }
}
