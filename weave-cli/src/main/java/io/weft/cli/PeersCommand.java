package io.weft.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that take a list of peers and hand it to the router. */
abstract sealed class PeersCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @Parameters(
      arity = "1..*",
      paramLabel = "PEER",
      description = "Address or name of another host, with :PORT if it differs from our own.")
  List<String> peers = List.of();

  PeersCommand(Console console) {
    this.console = console;
  }

  /** Only now, since the environment may name no address, and help is to work all the same. */
  Control control() {
    return new Control(console);
  }

  List<Map.Entry<String, String>> form() {
    List<Map.Entry<String, String>> form = new ArrayList<>();
    peers.forEach(peer -> form.add(Map.entry("peer", peer)));
    return form;
  }

  /** {@code weave connect [--replace] peer...}. */
  @Command(name = "connect", description = "Add peers to dial, and dial them now.")
  static final class Connect extends PeersCommand {
    @Option(names = "--replace", description = "Drop the peers named so far.")
    private boolean replace;

    Connect(Console console) {
      super(console);
    }

    @Override
    public Integer call() {
      List<Map.Entry<String, String>> form = form();
      if (replace) {
        form.add(Map.entry("replace", "true"));
      }
      control().post("/connect", form);
      return ExitCode.OK;
    }
  }

  /** {@code weave forget peer...}. */
  @Command(
      name = "forget",
      description = "Stop dialling peers; connections that are up stay.",
      footer = "Name each peer as it was given to launch or connect.")
  static final class Forget extends PeersCommand {
    Forget(Console console) {
      super(console);
    }

    @Override
    public Integer call() {
      control().post("/forget", form());
      return ExitCode.OK;
    }
  }
}
