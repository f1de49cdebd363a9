package io.weft.cli;

import io.weft.cli.demo.DemoFailure;
import io.weft.cli.demo.DemoRun;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weave demo}. */
@Command(
    name = "demo",
    description = "Three hosts made of network namespaces: launch, attach, ping, copy, check.")
final class DemoCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @ArgGroup
  private Choice choice = new Choice();

  private static final class Choice {
    @Option(names = "--keep", description = "Leave the hosts running and say how to enter them.")
    private boolean keep;

    @Option(
        names = "--remove",
        paramLabel = "NAME",
        description = "Remove the demonstration of that name, which was left running.")
    private @Nullable String remove;

    @Option(
        names = "--bench",
        description = "Compare the overlay with a plain veth pair; prints ratios.")
    private boolean bench;
  }

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Host.requireRootOnLinux("demo");
    DemoRun run =
        new DemoRun(console.out(), console.home().resolve("bin/weave"), console.runRoot());
    try {
      if (choice.remove != null) {
        run.remove(choice.remove);
      } else if (choice.bench) {
        run.run(DemoRun.Kind.MEASURE);
      } else {
        run.run(choice.keep ? DemoRun.Kind.SHOW_AND_KEEP : DemoRun.Kind.SHOW);
      }
      return ExitCode.OK;
    } catch (DemoFailure | IOException e) {
      throw CommandFailure.of("FAILED: " + e.getMessage());
    }
  }
}
