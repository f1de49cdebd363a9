package io.weft.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code weave trace src dst}. */
@Command(
    name = "trace",
    description = "Show which way a frame between two containers would take, or where it ends.",
    footer = "Each router on the way is asked; nothing is sent to the containers.")
final class TraceCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(index = "0", paramLabel = "SRC", description = "IPv4 or hardware address.")
  private String source = "";

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(index = "1", paramLabel = "DST", description = "IPv4 or hardware address.")
  private String destination = "";

  TraceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String path = "/trace?src=%s&dst=%s".formatted(encoded(source), encoded(destination));
    console.out().print(new Control(console).get(path));
    return ExitCode.OK;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
