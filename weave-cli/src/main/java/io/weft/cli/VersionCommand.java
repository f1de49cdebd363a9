package io.weft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave version}. */
@Command(name = "version", description = "Print the version of this command.")
final class VersionCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  VersionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().println("weave script " + Version.current());
    return ExitCode.OK;
  }
}
