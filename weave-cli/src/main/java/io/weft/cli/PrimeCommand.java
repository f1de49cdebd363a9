package io.weft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave prime}. */
@Command(name = "prime", description = "Wait until this host owns or can obtain address space.")
final class PrimeCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  PrimeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    new Control(console).get("/ring");
    return ExitCode.OK;
  }
}
