package io.weft.cli;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the host's own packet filter does with frames on their way through (features.md 1.3). */
final class ForwardRules {
  /** Some distributions come with it: nothing that other rules do not let pass gets through. */
  private static final Pattern REJECTS_ALL =
      Pattern.compile("-A FORWARD -j REJECT( --reject-with \\S+)?");

  private ForwardRules() {}

  /** The rule that rejects everything, as iptables writes it; none where iptables is missing. */
  static Optional<String> rejectingAll() {
    return Iptables.run(List.of("-S", "FORWARD")).stream()
        .flatMap(String::lines)
        .map(String::strip)
        .filter(line -> REJECTS_ALL.matcher(line).matches())
        .findFirst();
  }
}
