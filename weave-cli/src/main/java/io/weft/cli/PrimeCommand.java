package io.weft.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weave prime}. */
@Command(name = "prime", description = "Wait until this host owns or can obtain address space.")
final class PrimeCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = WaitingTime.class,
      description = "Give up after this time, such as 30s; never by default.")
  private @Nullable Duration timeout;

  PrimeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Control control = new Control(console);
    control.get("/ring", control.patient(console, Optional.ofNullable(timeout)));
    return ExitCode.OK;
  }
}
