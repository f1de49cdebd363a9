package io.weft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** Tables of the older interface; to list one that is not there would make it. */
  private static final Path LEGACY_TABLES = Path.of("/proc/net/ip_tables_names");

  private ForwardRules() {}

  /**
   * The kind of iptables, {@code nft} or {@code legacy}, that drops what no rule of its own lets
   * pass, as Docker has it do; only rules of that kind help then. Empty where none does.
   */
  static String dropping() {
    return KINDS.stream()
        .filter(kind -> kind.equals("nft") || hasLegacyFilter())
        .filter(kind ->
            Iptables.run("iptables-" + kind, List.of("-S", "FORWARD")).stream()
                .flatMap(String::lines)
                .anyMatch(line -> line.strip().equals("-P FORWARD DROP")))
        .findFirst()
        .orElse("");
  }

  private static boolean hasLegacyFilter() {
    try {
      return Files.readAllLines(LEGACY_TABLES).contains("filter");
    } catch (IOException e) {
      return false;
    }
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
