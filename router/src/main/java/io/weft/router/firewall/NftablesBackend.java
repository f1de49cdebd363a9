package io.weft.router.firewall;

import io.weft.fastpath.EspPath;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A table of our own. Nobody else's rules are touched; but what another table drops, this one
 * cannot let through. It has what the state asks for and no more: a rule that looks at connections
 * makes the kernel track all of them, packets of the mesh included.
 */
final class NftablesBackend implements RuleBackend {
  static final String TABLE = "weave";
  private static final List<String> NFT = List.of("nft", "-f", "-");
  private static final List<String> LIST = List.of("nft", "-s", "list", "table", "ip", TABLE);

  @Override
  public void apply(FirewallState state) throws IOException {
    // One file is one transaction: there is no moment without rules.
    FirewallProgram.require(NFT, script(state));
  }

  @Override
  public String present() throws IOException {
    FirewallProgram.Output output = FirewallProgram.run(LIST, "");
    return output.exit() == 0 ? output.text() : "";
  }

  @Override
  public boolean isAvailable() {
    return FirewallProgram.exists("nft");
  }

  @Override
  public void remove() throws IOException {
    FirewallProgram.require(NFT, emptied());
  }

  /** Deleting what may not be there: it is added first. */
  private static String emptied() {
    return "add table ip %s%ndelete table ip %s%n".formatted(TABLE, TABLE);
  }

  static String script(FirewallState state) {
    StringBuilder script = new StringBuilder(emptied());
    script.append("table ip ").append(TABLE).append(" {\n");
    input(script, state);
    state.isolatedBridge().ifPresent(docker -> forward(script, docker, state.bridge()));
    if (!state.masqueradedSubnets().isEmpty()) {
      postrouting(script, state);
    }
    if (!state.encrypted().isEmpty()) {
      encryption(script, state.encrypted());
    }
    return script.append("}\n").toString();
  }

  /** A connection is refused by its first packet, which needs no connection tracking. */
  private static void input(StringBuilder script, FirewallState state) {
    script.append("chain input {\ntype filter hook input priority filter; policy accept;\n");
    state
        .controlPort()
        .ifPresent(port ->
            script.append(
                """
                ip daddr 127.0.0.1 tcp dport %d tcp flags & (fin | syn | rst | ack) == syn \
                fib saddr type != local counter drop \
                comment "non-local access to the control port"
                """
                    .formatted(port)));
    state.docker().ifPresent(docker -> dockerInput(script, docker));
    script.append("}\n");
  }

  /** To let something through, a table of our own needs no rule. */
  private static void forward(StringBuilder script, String docker, String bridge) {
    script.append(
        """
        chain forward {
        type filter hook forward priority filter; policy accept;
        iifname "%s" oifname "%s" counter drop comment "from Docker's bridge"
        }
        """
            .formatted(docker, bridge));
  }

  private static void postrouting(StringBuilder script, FirewallState state) {
    set(script, "no_masq_local", state.keepsLocalSources() ? state.localRanges() : List.of());
    script.append("chain postrouting {\ntype nat hook postrouting priority srcnat;\n");
    if (state.keepsLocalSources()) {
      script.append("ip daddr @no_masq_local return comment \"local containers see who calls\"\n");
    }
    for (Ipv4Prefix subnet : state.masqueradedSubnets()) {
      script.append(
          """
          ip saddr %1$s ip daddr 224.0.0.0/4 return
          ip daddr %1$s ip saddr != %1$s masquerade
          ip saddr %1$s ip daddr != %1$s masquerade
          """
              .formatted(subnet));
    }
    script.append("}\n");
  }

  /**
   * Docker's containers do not speak to the mesh by their gateway. That they may ask for names
   * there needs no rule in a table of our own, which lets through what it does not name.
   */
  private static void dockerInput(StringBuilder script, FirewallState.DockerBridge docker) {
    docker
        .address()
        .ifPresent(address ->
            script.append(
                """
                iifname "%1$s" ip daddr %2$s tcp dport %3$d counter drop
                iifname "%1$s" ip daddr %2$s udp dport %3$d-%4$d counter drop
                """
                    .formatted(docker.name(), address, docker.meshPort(), docker.meshPort() + 1)));
  }

  /**
   * VXLAN to be encrypted gets the mark of the policy, and is dropped when none takes it; what came
   * in encrypted has the mark, and what has not is dropped (overlay.md C.8.5).
   */
  private static void encryption(StringBuilder script, List<EspPath> paths) {
    String port = "ip saddr . ip daddr . udp dport";
    set(
        script,
        "esp_in",
        "ip saddr . ip daddr . esp spi",
        paths,
        path -> "%s . %s . 0x%08x".formatted(path.remote(), path.local(), path.inboundSpi()));
    set(
        script,
        "vxlan_in",
        port,
        paths,
        path -> "%s . %s . %d".formatted(path.remote(), path.local(), path.vxlanPort()));
    set(
        script,
        "vxlan_out",
        port,
        paths,
        path -> "%s . %s . %d".formatted(path.local(), path.remote(), path.vxlanPort()));
    script.append(
        """
        chain esp_input_mark {
        type filter hook input priority mangle; policy accept;
        ip saddr . ip daddr . esp spi @esp_in meta mark set meta mark or %1$#x
        }
        chain esp_input {
        type filter hook input priority filter; policy accept;
        ip saddr . ip daddr . udp dport @vxlan_in meta mark and %1$#x != %1$#x counter drop \
        comment "VXLAN that was not encrypted"
        }
        chain esp_output_mark {
        type route hook output priority mangle; policy accept;
        ip saddr . ip daddr . udp dport @vxlan_out meta mark set meta mark or %1$#x
        }
        chain esp_output {
        type filter hook output priority filter; policy accept;
        ip saddr . ip daddr . udp dport @vxlan_out rt ipsec missing counter drop \
        comment "VXLAN that nothing would encrypt"
        }
        """
            .formatted(FirewallState.ESP_MARK));
  }

  private static void set(
      StringBuilder script,
      String name,
      String type,
      List<EspPath> paths,
      Function<EspPath, String> element) {
    script
        .append("set ")
        .append(name)
        .append(" {\ntypeof ")
        .append(type)
        .append("\nelements = { ")
        .append(paths.stream().map(element).distinct().collect(Collectors.joining(", ")))
        .append(" }\n}\n");
  }

  private static void set(StringBuilder script, String name, List<Ipv4Prefix> elements) {
    script.append("set ").append(name).append(" {\ntype ipv4_addr; flags interval; auto-merge\n");
    if (!elements.isEmpty()) {
      script
          .append("elements = { ")
          .append(elements.stream().map(Ipv4Prefix::toString).collect(Collectors.joining(", ")))
          .append(" }\n");
    }
    script.append("}\n");
  }
}
