package io.weft.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Entry point of the {@code weave} command. */
public final class WeaveMain {
  private WeaveMain() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Console console =
        new Console(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            System.getenv(),
            Path.of(System.getProperty("weft.home", ".")),
            Path.of("/run/weave"));
    int exitCode = new CommandTree(console).run(arguments);
    console.out().flush();
    console.err().flush();
    System.exit(exitCode);
  }
}
