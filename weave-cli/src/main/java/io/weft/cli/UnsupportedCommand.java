package io.weft.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A command of Weave Net that answers by name instead of looking like a mistyped one. */
@Command(hidden = true, description = "Not supported.")
final class UnsupportedCommand extends HelpOption implements Callable<Integer> {
  /** Gone from Weave Net itself since its release 2.0. */
  private static final List<String> REMOVED =
      List.of(
          "run",
          "start",
          "restart",
          "launch-router",
          "launch-proxy",
          "launch-plugin",
          "stop-router",
          "stop-proxy",
          "stop-plugin");

  private final String name;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(hidden = true, arity = "0..*")
  private List<String> ignored = List.of();

  private UnsupportedCommand(String name) {
    this.name = name;
  }

  static Stream<UnsupportedCommand> all() {
    return REMOVED.stream().map(UnsupportedCommand::new);
  }

  String name() {
    return name;
  }

  @Override
  public Integer call() {
    throw CommandFailure.of("weave " + name + " is removed as of 2.0");
  }
}
