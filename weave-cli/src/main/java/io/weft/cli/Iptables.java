package io.weft.cli;

import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The host's own packet filter, as far as commands look at it or add to it. */
final class Iptables {
  /** Seconds to wait for others that change the rules. */
  private static final String LOCK_SECONDS = "2";

  /** By which our rules are found again; one word, so that a listed rule splits at its blanks. */
  private static final String MARK = "weave-attach-bridge";

  private static final String CHAIN = "POSTROUTING";

  private Iptables() {}

  /** Runs iptables; what it prints when it succeeds, nothing when it fails or is missing. */
  static Optional<String> run(List<String> arguments) {
    return run("iptables", arguments);
  }

  /** The same by a program of another name. */
  static Optional<String> run(String program, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(program, "-w", LOCK_SECONDS));
    command.addAll(arguments);
    try {
      Process iptables = new ProcessBuilder(command).redirectErrorStream(true).start();
      iptables.getOutputStream().close();
      String output = new String(iptables.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return iptables.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Lets addresses of a subnet pass to a bridge as they are, before any other rule translates them.
   *
   * @return whether the rule is there
   */
  static boolean leaveUntranslated(Ipv4Prefix subnet, String bridge) {
    List<String> rule =
        List.of(
            "-s",
            subnet.toString(),
            "-o",
            bridge,
            "-m",
            "comment",
            "--comment",
            MARK,
            "-j",
            "ACCEPT");
    return nat("-C", List.of(CHAIN), rule).isPresent()
        || nat("-I", List.of(CHAIN, "1"), rule).isPresent();
  }

  /** Removes every rule that {@link #leaveUntranslated} has made. */
  static void removeUntranslated() {
    nat("-S", List.of(CHAIN), List.of()).stream()
        .flatMap(String::lines)
        .map(String::strip)
        .filter(line -> line.startsWith("-A ") && line.contains(MARK))
        .forEach(line -> {
          List<String> words = List.of(line.split(" +", -1));
          var _ = nat("-D", words.subList(1, words.size()), List.of());
        });
  }

  private static Optional<String> nat(String action, List<String> place, List<String> rule) {
    List<String> arguments = new ArrayList<>(List.of("-t", "nat", action));
    arguments.addAll(place);
    arguments.addAll(rule);
    return run(arguments);
  }
}
