package io.weft.cli;

import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code weave status [targets|connections|peers|dns|ipam]}. */
@Command(name = "status", description = "Show the state of the router, or one part of it.")
final class StatusCommand extends HelpOption implements Callable<Integer> {
  private static final Set<String> PARTS = Set.of("targets", "connections", "peers", "dns", "ipam");

  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(
      arity = "0..1",
      paramLabel = "PART",
      description = "targets, connections, peers, dns or ipam.")
  private String part = "";

  StatusCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!part.isEmpty() && !PARTS.contains(part)) {
      throw CommandFailure.of(
          "invalid sub-command: " + part + "\nweave status [targets|connections|peers|dns|ipam]");
    }
    String text;
    try {
      text = new Control(console).status(part.isEmpty() ? "/status" : "/status/" + part);
    } catch (CommandFailure e) {
      // Any status that can not be had is a plain failure (features.md 1.5.1).
      throw CommandFailure.of(String.valueOf(e.getMessage()));
    }
    console.out().println();
    console.out().println(text.stripTrailing());
    console.out().println();
    return ExitCode.OK;
  }
}
