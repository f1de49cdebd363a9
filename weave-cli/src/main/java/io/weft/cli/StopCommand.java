package io.weft.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave stop}. */
@Command(
    name = "stop",
    description = "Stop the router. Bridge, containers and saved state stay as they are.")
final class StopCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  StopCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Host.requireRootOnLinux("stop");
    stop(console, RunDirectory.ofThisNamespace(console.runRoot()));
    return ExitCode.OK;
  }

  static void stop(Console console, RunDirectory directory) {
    Optional<ProcessHandle> router = RouterProcess.running(directory);
    if (router.isEmpty()) {
      console.err().println("weave is not running.");
    } else if (!RouterProcess.stop(router.get())) {
      console.err().println("The router did not end by itself and was killed.");
    }
    directory.forgetPid();
  }
}
