package io.weft.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weave help [COMMAND]}. */
@Command(name = "help", description = "Explain weave or one of its commands.")
final class HelpCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to explain.")
  private @Nullable String subject;

  @SuppressWarnings("NullAway.Init") // picocli sets the specification before it calls us
  HelpCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine command = spec.root().commandLine();
    if (subject != null) {
      command = command.getSubcommands().get(subject);
      if (command == null) {
        throw CommandFailure.of("weave has no command \"" + subject + "\"");
      }
    }
    command.usage(console.err(), Ansi.OFF);
    return ExitCode.OK;
  }
}
