package io.weft.cli;

import io.weft.linux.Link;
import io.weft.linux.Links;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weave reset [--force]}. */
@Command(
    name = "reset",
    description = "Leave the mesh for good: give address space to others, stop, remove all state.")
final class ResetCommand extends HelpOption implements Callable<Integer> {
  /** Time for the news that this host leaves to reach its neighbours (features.md 1.2). */
  private static final long LEAVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Every interface that attaches something to the bridge has this prefix (features.md 1.9). */
  private static final String VETH_PREFIX = "vethwe";

  private final Console console;
  private final String defaultPrefix;

  @Option(names = "--force", description = "Reset even if the router does not run.")
  private boolean force;

  ResetCommand(Console console) {
    this(console, Defaults.DATABASE_PREFIX);
  }

  /** A command that looks elsewhere for state when no launch has noted where it is. */
  ResetCommand(Console console, String defaultPrefix) {
    this.console = console;
    this.defaultPrefix = defaultPrefix;
  }

  @Override
  public Integer call() throws IOException {
    Host.requireRootOnLinux("reset");
    RunDirectory directory = RunDirectory.ofThisNamespace(console.runRoot());
    String prefix = directory.noted("db-prefix", defaultPrefix);
    if (RouterProcess.running(directory).isPresent()) {
      leave();
      StopCommand.stop(console, directory);
    } else if ((directory.knowsOfALaunch() || hasState(prefix)) && !force) {
      throw CommandFailure.of(
          "weave is not running, so its address space can not be given to the other hosts."
              + "\nLaunch it first, or use --force and run rmpeer on one of them.");
    }
    String bridge = directory.noted("bridge", Defaults.BRIDGE);
    // Before the bridge goes: its rules must not hit another one of that name.
    removeRules(prefix);
    Iptables.removeUntranslated();
    removeLinks(bridge);
    for (String suffix : Defaults.DATABASE_SUFFIXES) {
      Files.deleteIfExists(Path.of(prefix + suffix));
    }
    removeFolder(Path.of(prefix + Defaults.ATTACHMENTS_SUFFIX));
    if (directory.exists()) {
      directory.remove();
    }
    return ExitCode.OK;
  }

  /** What the run directory knows is gone after a reboot; the addresses of this host are not. */
  private static boolean hasState(String prefix) {
    return Files.exists(Path.of(prefix + Defaults.DATABASE_SUFFIXES.getFirst()));
  }

  /** A router without address allocation has nothing to give away; that is no failure. */
  private void leave() {
    try {
      new Control(console).delete("/peer");
    } catch (CommandFailure e) {
      if (e.exitCode() != ExitCode.NOT_FOUND && !force) {
        throw e;
      }
    }
    long untilNanos = System.nanoTime() + LEAVE_NANOS;
    for (long left = LEAVE_NANOS; left > 0; left = untilNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static boolean isOurs(Link link, String bridge) {
    return link.name().equals(bridge)
        || link.name().startsWith(VETH_PREFIX)
        || Defaults.isOfTheKernelOverlay(link);
  }

  /** Rules and sysctls are the router's business; its program undoes them without running. */
  private void removeRules(String prefix) throws IOException {
    Process router =
        new ProcessBuilder(
                RouterProcess.commandLine(
                    console, List.of("--remove-rules", "--db-prefix=" + prefix)))
            .redirectErrorStream(true)
            .start();
    router.getOutputStream().close();
    String output = new String(router.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (router.waitFor() != 0) {
        console
            .err()
            .println(
                "What the router has left in the kernel (programs, packet filter rules, sysctls)"
                    + " could not all be removed: "
                    + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.of("interrupted while packet filter rules were removed");
    }
  }

  private static void removeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private static void removeLinks(String bridge) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      Links links = netlink.links();
      for (Link link : links.list()) {
        // Deleting one end of a pair deletes the other, which may be in this list as well.
        if (isOurs(link, bridge) && links.find(link.index()).isPresent()) {
          links.delete(link.index());
        }
      }
    }
  }
}
