package io.weft.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code weave setup-cni} (features.md 2.5). */
@Command(
    name = "setup-cni",
    aliases = "setup",
    description = {
      "Install the CNI plugins and, if there is none, a network configuration, as launch does.",
      "WEAVE_CNI_PLUGIN_DIR (/opt/cni/bin), HAIRPIN_MODE (true) and HOST_ROOT are read from the"
          + " environment."
    })
final class SetupCniCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  SetupCniCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Host.requireRootOnLinux("setup-cni");
    CniSetup.of(console).carryOut();
    return ExitCode.OK;
  }
}
