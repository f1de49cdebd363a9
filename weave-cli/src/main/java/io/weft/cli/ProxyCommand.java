package io.weft.cli;

import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The commands that point a Docker client at Weave Net's proxy (features.md 1.2). There is none
 * here, and where none runs they print nothing.
 */
abstract sealed class ProxyCommand extends HelpOption implements Callable<Integer> {
  final Console console;

  ProxyCommand(Console console) {
    this.console = console;
  }

  /** {@code weave config}: arguments for a Docker client. */
  @Command(
      name = "config",
      description = "Print the arguments that lead a Docker client to the proxy; there is none.")
  static final class Config extends ProxyCommand {
    Config(Console console) {
      super(console);
    }

    @Override
    public Integer call() {
      return ExitCode.OK;
    }
  }

  /** {@code weave env [--restore]}: shell code. */
  @Command(
      name = "env",
      description = {
        "Print shell code that leads Docker clients to the proxy; there is none, so nothing.",
        "With --restore, code that undoes what weave env of Weave Net did."
      })
  static final class Environment extends ProxyCommand {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9@%_+=:,./-]+");

    @Option(names = "--restore", description = "Bring the former DOCKER_HOST back.")
    private boolean restore;

    Environment(Console console) {
      super(console);
    }

    @Override
    public Integer call() {
      if (!restore) {
        return ExitCode.OK;
      }
      String former = console.environment().get("ORIG_DOCKER_HOST");
      if (former == null) {
        throw CommandFailure.of("Nothing to restore: ORIG_DOCKER_HOST is not set.");
      }
      console
          .out()
          .println(former.isEmpty() ? "unset DOCKER_HOST" : "export DOCKER_HOST=" + quoted(former));
      return ExitCode.OK;
    }

    private static String quoted(String text) {
      return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
  }
}
