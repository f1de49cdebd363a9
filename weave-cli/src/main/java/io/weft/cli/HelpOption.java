package io.weft.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gives a command its {@code --help}. */
@Command
abstract class HelpOption {
  @SuppressWarnings("UnusedVariable") // picocli sets it and acts on it
  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean helpRequested;
}
