package io.weft.router.firewall;

import io.weft.router.options.HostOptions.BridgeFilter;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Whether frames between containers and peers have to pass the host's packet filter, which sees
 * those of the bridge where bridge-nf-call-iptables is on. kube-proxy needs it to translate the
 * answers of services, weave-npc to enforce network policies; our own rules let all of them pass.
 * For one thread.
 */
public final class BridgedRules {
  private static final System.Logger LOGGER = System.getLogger(BridgedRules.class.getName());
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Chains and tables of those that need to see the frames. */
  private static final Pattern NEEDED =
      Pattern.compile("(?m)(\\bchain |^:)(KUBE-SERVICES|WEAVE-NPC)\\b|\\btable ip kube-proxy\\b");

  /** The legacy tables that are there; looking at others would make them. */
  private static final Path LEGACY_TABLES = Path.of("/proc/self/net/ip_tables_names");

  private final BridgeFilter filter;
  private long lookedNanos;
  private boolean looked;
  private boolean needed;

  /** What an operator has chosen. */
  public BridgedRules(BridgeFilter filter) {
    this.filter = filter;
  }

  /** Whether frames have to pass the filter now; looks for rules every half minute. */
  public boolean needed() {
    return switch (filter) {
      case ON -> true;
      case OFF -> false;
      case AUTO -> {
        long now = System.nanoTime();
        if (!looked || now - lookedNanos > LOOK_NANOS) {
          look();
          looked = true;
          lookedNanos = now;
        }
        yield needed;
      }
    };
  }

  private void look() {
    try {
      boolean found = isNeeded(listed());
      if (!looked || found != needed) {
        LOGGER.log(
            Level.INFO,
            found
                ? "frames pass the bridge, as rules of kube-proxy or weave-npc are there"
                : "frames pass beside the bridge and its packet filter");
      }
      needed = found;
    } catch (IOException e) {
      if (!looked) {
        LOGGER.log(Level.INFO, "frames pass the bridge: {0}", e.getMessage());
      }
      needed = true;
    }
  }

  static boolean isNeeded(String rules) {
    return NEEDED.matcher(rules).find();
  }

  private static String listed() throws IOException {
    StringBuilder rules = new StringBuilder();
    if (FirewallProgram.exists("nft")) {
      rules.append(FirewallProgram.require(List.of("nft", "list", "chains"), ""));
    } else if (FirewallProgram.exists("iptables-nft-save")) {
      rules.append(FirewallProgram.require(List.of("iptables-nft-save"), ""));
    } else {
      throw new IOException("there is no nft to list the host's rules with");
    }
    if (Files.isReadable(LEGACY_TABLES)) {
      for (String table : Files.readAllLines(LEGACY_TABLES)) {
        rules.append(
            FirewallProgram.require(List.of("iptables-legacy-save", "-t", table.strip()), ""));
      }
    }
    return rules.toString();
  }
}
