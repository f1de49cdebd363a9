package io.weft.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weave report}. */
@Command(name = "report", description = "Print the full state of the router as JSON.")
final class ReportCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Option(
      names = {"-f", "--format"},
      paramLabel = "TEMPLATE",
      description = "Not supported yet.")
  private String template = "";

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!template.isEmpty()) {
      throw CommandFailure.of("weave report -f is not supported yet");
    }
    console.out().println(new Control(console).get("/report").stripTrailing());
    return ExitCode.OK;
  }
}
