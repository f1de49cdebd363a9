package io.weft.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** All commands, and what they have in common: help, errors and exit codes. */
final class CommandTree {
  private final Console console;
  private final CommandLine root;

  CommandTree(Console console) {
    this.console = console;
    root = new CommandLine(new Root());
    CommandLine launch = takingAnyArgument(new LaunchCommand(console));
    List<String> flags = new ArrayList<>(List.of("", "Flags:"));
    flags.addAll(LaunchFlags.help());
    launch.getCommandSpec().usageMessage().footer(flags.toArray(String[]::new));
    root.addSubcommand(launch);
    root.addSubcommand(new PeersCommand.Connect(console));
    root.addSubcommand(new PeersCommand.Forget(console));
    root.addSubcommand(new StatusCommand(console));
    root.addSubcommand(new ReportCommand(console));
    root.addSubcommand(new PsCommand(console));
    root.addSubcommand(new TraceCommand(console));
    root.addSubcommand(new AttachmentCommand.Attach(console));
    root.addSubcommand(new AttachmentCommand.Detach(console));
    root.addSubcommand(new AttachBridgeCommand(console));
    root.addSubcommand(new ExposureCommand.Expose(console));
    root.addSubcommand(new ExposureCommand.Hide(console));
    root.addSubcommand(new SetupCniCommand(console));
    root.addSubcommand(new PrimeCommand(console));
    root.addSubcommand(new RemovePeerCommand(console));
    root.addSubcommand(new StopCommand(console));
    root.addSubcommand(new ResetCommand(console));
    root.addSubcommand(new DemoCommand(console));
    root.addSubcommand(new VersionCommand(console));
    root.addSubcommand(new HelpCommand(console));
    root.addSubcommand(new HostCommand.BridgeType(console));
    root.addSubcommand(new HostCommand.DockerBridgeIp(console));
    root.addSubcommand(new DnsCommand.Arguments(console));
    root.addSubcommand(new ProxyCommand.Config(console));
    root.addSubcommand(new ProxyCommand.Environment(console));
    DnsCommand.Names.all(console)
        .forEach(command -> root.addSubcommand(command.name(), takingAnyArgument(command)));
    UnsupportedCommand.all()
        .forEach(command -> root.addSubcommand(command.name(), takingAnyArgument(command)));
    root.setExecutionStrategy(this::execute);
    root.setParameterExceptionHandler((failure, arguments) -> badUsage(failure));
    root.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure));
  }

  /** A command that looks at its flags itself. */
  private static CommandLine takingAnyArgument(Object command) {
    return new CommandLine(command).setUnmatchedOptionsArePositionalParams(true);
  }

  CommandLine root() {
    return root;
  }

  int run(String... arguments) {
    return root.execute(arguments);
  }

  /** Help goes to standard error, where Weave Net prints it too. */
  private int execute(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    CommandLine command = last.commandSpec().commandLine();
    if (last.isUsageHelpRequested()) {
      command.usage(console.err(), Ansi.OFF);
      return ExitCode.OK;
    }
    if (command == root) {
      command.usage(console.err(), Ansi.OFF);
      return ExitCode.FAILURE;
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private int badUsage(ParameterException failure) {
    console.err().println(problem(failure));
    failure.getCommandLine().usage(console.err(), Ansi.OFF);
    return ExitCode.FAILURE;
  }

  /** What is wrong, in the words of who has typed it. */
  private String problem(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String first = unmatched.getUnmatched().getFirst();
      return failure.getCommandLine() == root
          ? "weave has no command \"" + first + "\""
          : "one argument too many: \"" + first + "\"";
    }
    return String.valueOf(failure.getMessage());
  }

  private int failed(Exception failure) throws Exception {
    if (failure instanceof CommandFailure expected) {
      console.err().println(expected.getMessage());
      return expected.exitCode();
    }
    if (failure instanceof IOException || failure instanceof UncheckedIOException) {
      // Its text alone may be no more than the name of a file.
      console.err().println(failure.toString().lines().findFirst().orElse("failed"));
      return ExitCode.FAILURE;
    }
    throw failure;
  }

  @Command(
      name = "weave",
      mixinStandardHelpOptions = false,
      synopsisSubcommandLabel = "COMMAND",
      description = "Joins containers on many hosts into one network.",
      footer = {"", "weave COMMAND --help explains a command."})
  private static final class Root extends HelpOption {
    @Option(
        names = "--local",
        hidden = true,
        description = "Run in place and not in a container, as every command does here.")
    @SuppressWarnings("UnusedVariable") // asks for what holds anyway
    private boolean local;
  }
}
