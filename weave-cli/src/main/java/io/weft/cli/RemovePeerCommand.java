package io.weft.cli;

import io.weft.cni.ControlClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weave rmpeer id...}. */
@Command(
    name = "rmpeer",
    description = "Take over the address ranges of hosts that will not come back.",
    footer =
        "Most of the other hosts that own addresses must agree; --force asks nobody, and must then"
            + " be run on one host only.")
final class RemovePeerCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(arity = "1..*", paramLabel = "PEER", description = "Peer name or nickname.")
  private List<String> peers = List.of();

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Option(names = "--force", description = "Take over although other hosts have not agreed.")
  private boolean force;

  RemovePeerCommand(Console console) {
    this.console = console;
  }

  /** Goes on after a peer that can not be removed, as the others may still be. */
  @Override
  public Integer call() {
    Control control = new Control(console);
    int exitCode = ExitCode.OK;
    for (String peer : peers) {
      try {
        String path = "/peer/" + inPath(peer);
        if (force) {
          path += "?force=true";
        }
        String answer = control.delete(path).strip();
        if (!answer.isEmpty()) {
          // A router without address allocation has nothing to say.
          console.out().println(answer);
        }
      } catch (CommandFailure e) {
        console.err().println(e.getMessage());
        exitCode = ExitCode.FAILURE;
      }
    }
    return exitCode;
  }

  private static String inPath(String peer) {
    if (peer.isEmpty() || peer.contains("/")) {
      throw CommandFailure.of("neither a peer name nor a nickname: \"" + peer + "\"");
    }
    return ControlClient.pathPart(peer);
  }
}
