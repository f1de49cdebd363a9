package io.weft.router.firewall;

import io.weft.fastpath.EspPath;
import java.util.List;

/** Weave Net's chains for encrypted VXLAN (overlay.md C.8.5). */
final class IptablesEncryption {
  private static final String IN = "WEAVE-IPSEC-IN";
  private static final String IN_MARK = "WEAVE-IPSEC-IN-MARK";
  private static final String OUT = "WEAVE-IPSEC-OUT";
  private static final String OUT_MARK = "WEAVE-IPSEC-OUT-MARK";
  static final List<String> CHAINS = List.of(IN, OUT, IN_MARK, OUT_MARK);

  private IptablesEncryption() {}

  /**
   * Appends the part of one table to a script for {@code iptables-restore}.
   *
   * @param saved the table as it is; rules of ours in chains that are not ours are being deleted
   */
  static void append(StringBuilder script, String table, List<EspPath> paths, List<String> saved) {
    boolean needed = !paths.isEmpty() && !table.equals("nat");
    for (String chain : CHAINS) {
      boolean present = saved.stream().anyMatch(line -> line.startsWith(":" + chain + " "));
      boolean wanted = needed && (table.equals("mangle") || !chain.endsWith("-MARK"));
      if (present || wanted) {
        // Named, a chain is emptied.
        script.append(':').append(chain).append(" - [0:0]\n");
      }
      if (present && !wanted) {
        script.append("-X ").append(chain).append('\n');
      }
    }
    if (needed) {
      String comment = IptablesBackend.mark("encrypted VXLAN");
      script.append("-A INPUT ").append(comment).append("-j ").append(IN).append('\n');
      script.append("-A OUTPUT ").append(comment).append("-j ").append(OUT).append('\n');
      if (table.equals("mangle")) {
        mangle(script, paths);
      } else {
        filter(script, paths);
      }
    }
  }

  private static void mangle(StringBuilder script, List<EspPath> paths) {
    for (String chain : List.of(IN_MARK, OUT_MARK)) {
      script.append(
          "-A %1$s -j MARK --set-xmark %2$#x/%2$#x%n".formatted(chain, FirewallState.ESP_MARK));
    }
    for (EspPath path : paths) {
      script.append(
          "-A %s -s %s -d %s -p esp -m esp --espspi 0x%08x -j %s%n"
              .formatted(IN, path.remote(), path.local(), path.inboundSpi(), IN_MARK));
      script.append(
          "-A %s -s %s -d %s -p udp --dport %d -j %s%n"
              .formatted(OUT, path.local(), path.remote(), path.vxlanPort(), OUT_MARK));
    }
  }

  private static void filter(StringBuilder script, List<EspPath> paths) {
    for (EspPath path : paths) {
      script.append(
          "-A %s -s %s -d %s -p udp --dport %d -m mark ! --mark %5$#x/%5$#x -j DROP%n"
              .formatted(
                  IN, path.remote(), path.local(), path.vxlanPort(), FirewallState.ESP_MARK));
      // By addresses and port, not by the mark alone: a frame that came in encrypted and is relayed
      // to a peer on a trusted subnet still has it.
      script.append(
          "-A %s -s %s -d %s -p udp --dport %d -m policy --dir out --pol none -j DROP%n"
              .formatted(OUT, path.local(), path.remote(), path.vxlanPort()));
    }
  }
}
