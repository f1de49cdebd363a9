package io.weft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave version}. */
@Command(name = "version", description = "Print the version of this command and of the router.")
final class VersionCommand extends HelpOption implements Callable<Integer> {
  private static final String LABEL = "Version:";

  private final Console console;

  VersionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().println("weave script " + Version.current());
    Control control = new Control(console);
    if (control.answers()) {
      console.out().println("weave " + routerVersion(control.status("/status")));
    }
    return ExitCode.OK;
  }

  /** The router says it in the first line of its status, as "Version: 0.1.0 (remark)". */
  private static String routerVersion(String status) {
    return status
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(LABEL))
        .map(line -> line.substring(LABEL.length()).strip().split(" ", 2)[0])
        .findFirst()
        .orElse("(unknown)");
  }
}
