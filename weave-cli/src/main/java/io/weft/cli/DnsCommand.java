package io.weft.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The commands about names, which depend on whether the router has DNS (features.md 1.2). */
abstract sealed class DnsCommand extends HelpOption implements Callable<Integer> {
  final Console console;

  DnsCommand(Console console) {
    this.console = console;
  }

  /** {@code weave dns-args}: nothing when there is no DNS, so that containers start without. */
  @Command(
      name = "dns-args",
      description = "Print the options of docker run for weaveDNS; nothing while DNS is off.")
  static final class Arguments extends DnsCommand {
    Arguments(Console console) {
      super(console);
    }

    @Override
    public Integer call() {
      Control control = new Control(console);
      try {
        String domain = control.get("/domain");
        console
            .out()
            .print("--dns=%s --dns-search=%s".formatted(control.get("/dns-address"), domain));
      } catch (CommandFailure e) {
        if (e.exitCode() != ExitCode.NOT_FOUND) {
          throw e;
        }
      }
      return ExitCode.OK;
    }
  }

  /** {@code weave dns-add}, {@code dns-remove} and {@code dns-lookup}. */
  @Command(hidden = true, description = "Fails while DNS is off.")
  static final class Names extends DnsCommand {
    private final String name;

    @SuppressWarnings("FieldCanBeFinal") // picocli sets it
    @Parameters(hidden = true, arity = "0..*")
    private List<String> ignored = List.of();

    private Names(Console console, String name) {
      super(console);
      this.name = name;
    }

    static Stream<Names> all(Console console) {
      return Stream.of("dns-add", "dns-remove", "dns-lookup").map(name -> new Names(console, name));
    }

    String name() {
      return name;
    }

    /** Asks first: a router that does not run is another trouble than one without DNS. */
    @Override
    public Integer call() {
      try {
        new Control(console).get("/domain");
      } catch (CommandFailure e) {
        throw e.exitCode() == ExitCode.NOT_FOUND
            ? new CommandFailure(ExitCode.NOT_FOUND, "weave " + name + ": DNS is off")
            : e;
      }
      throw CommandFailure.of("weave " + name + " is not supported yet");
    }
  }
}
