package io.weft.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the host's own packet filter does with frames on their way through (features.md 1.3). */
final class ForwardRules {
  /** Some distributions come with it: nothing that other rules do not let pass gets through. */
  private static final Pattern REJECTS_ALL =
      Pattern.compile("-A FORWARD -j REJECT( --reject-with \\S+)?");

  /** Seconds to wait for others that change the rules. */
  private static final String LOCK_SECONDS = "2";

  private ForwardRules() {}

  /** The rule that rejects everything, as iptables writes it; none where iptables is missing. */
  static Optional<String> rejectingAll() {
    try {
      Process iptables =
          new ProcessBuilder(List.of("iptables", "-w", LOCK_SECONDS, "-S", "FORWARD"))
              .redirectErrorStream(true)
              .start();
      iptables.getOutputStream().close();
      String rules = new String(iptables.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      iptables.waitFor();
      return rules
          .lines()
          .map(String::strip)
          .filter(line -> REJECTS_ALL.matcher(line).matches())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
