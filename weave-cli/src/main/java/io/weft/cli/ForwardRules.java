package io.weft.cli;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the host's own packet filter does with frames on their way through (features.md 1.3). */
final class ForwardRules {
  /** Some distributions come with it: nothing that other rules do not let pass gets through. */
  private static final Pattern REJECTS_ALL =
      Pattern.compile("-A FORWARD -j REJECT( --reject-with \\S+)?");

  /** The two interfaces of the kernel that iptables has. */
  private static final List<String> KINDS = List.of("nft", "legacy");

  private ForwardRules() {}

  /**
   * The kind of iptables, {@code nft} or {@code legacy}, that drops what no rule of its own lets
   * pass, as Docker has it do; only rules of that kind help then. Empty where none does.
   */
  static String dropping() {
    return KINDS.stream()
        .filter(kind ->
            Iptables.run("iptables-" + kind, List.of("-S", "FORWARD")).stream()
                .flatMap(String::lines)
                .anyMatch(line -> line.strip().equals("-P FORWARD DROP")))
        .findFirst()
        .orElse("");
  }

  /** The rule that rejects everything, as iptables writes it; none where iptables is missing. */
  static Optional<String> rejectingAll() {
    return Iptables.run(List.of("-S", "FORWARD")).stream()
        .flatMap(String::lines)
        .map(String::strip)
        .filter(line -> REJECTS_ALL.matcher(line).matches())
        .findFirst();
  }
}
