package io.weft.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weave report [-f TEMPLATE]}. */
@Command(
    name = "report",
    description = "Print the full state of the router as JSON, or as a template says.")
final class ReportCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Option(
      names = {"-f", "--format"},
      paramLabel = "TEMPLATE",
      description = "Go template that says what is printed, for example '{{.Router.Name}}'.")
  private String template = "";

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String path =
        template.isEmpty()
            ? "/report"
            : "/report?format=" + URLEncoder.encode(template, StandardCharsets.UTF_8);
    console.out().println(new Control(console).get(path).replaceFirst("\n+$", ""));
    return ExitCode.OK;
  }
}
