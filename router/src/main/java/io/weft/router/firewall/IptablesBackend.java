package io.weft.router.firewall;

import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Weave Net's chains and rules (overlay.md D.4), for hosts whose traffic is steered by iptables:
 * its block of FORWARD stands before whatever else drops there.
 *
 * <p>All that is ours in a table changes in one transaction of {@code iptables-restore}. Rules in
 * chains that are not ours carry a comment by which they are found again.
 */
final class IptablesBackend implements RuleBackend {
  private static final String MARK = "weave:";
  private static final String CANARY = "WEAVE-CANARY";
  private static final String NAT = "WEAVE";
  private static final String EXPOSE = "WEAVE-EXPOSE";
  private static final String DOCKER = "Docker's bridge";
  private static final int DNS_PORT = 53;
  private static final String LOCAL_SET = "weaver-no-masq-local";
  private static final List<String> TABLES = List.of("mangle", "nat", "filter");
  private static final List<String> CHAINS =
      Stream.concat(Stream.of(CANARY, NAT, EXPOSE), IptablesEncryption.CHAINS.stream()).toList();

  private final String save;
  private final String restore;

  /**
   * Rules in one of the kernel's two interfaces for iptables.
   *
   * @param isLegacy the older one
   */
  IptablesBackend(boolean isLegacy) {
    String kind = isLegacy ? "legacy" : "nft";
    save = "iptables-" + kind + "-save";
    restore = "iptables-" + kind + "-restore";
  }

  @Override
  public void apply(FirewallState state) throws IOException {
    if (state.keepsLocalSources()) {
      FirewallProgram.require(List.of("ipset", "restore"), setScript(state.localRanges()));
    }
    StringBuilder script = new StringBuilder();
    for (String table : TABLES) {
      script.append('*').append(table).append('\n');
      script.append(':').append(CANARY).append(" - [0:0]\n");
      List<String> saved = savedLines(table);
      List<String> deletions = deletions(saved);
      switch (table) {
        case "nat" -> nat(script, state, deletions);
        case "filter" -> filter(script, state, deletions);
        default -> deletions.forEach(line -> script.append(line).append('\n'));
      }
      IptablesEncryption.append(script, table, state.encrypted(), saved);
      script.append("COMMIT\n");
    }
    restore(script.toString());
  }

  private static String setScript(List<Ipv4Prefix> ranges) {
    // Swapped in as a whole: there is no moment without elements.
    String next = LOCAL_SET + "-n";
    return ("create %1$s hash:net -exist%ncreate %2$s hash:net -exist%nflush %2$s%n"
            .formatted(LOCAL_SET, next)
        + ranges.stream()
            .map(range -> "add %s %s -exist%n".formatted(next, range))
            .collect(Collectors.joining())
        + "swap %1$s %2$s%ndestroy %2$s%n".formatted(LOCAL_SET, next));
  }

  private static void nat(StringBuilder script, FirewallState state, List<String> deletions) {
    script.append(':').append(NAT).append(" - [0:0]\n");
    deletions.forEach(line -> script.append(line).append('\n'));
    script.append("-A POSTROUTING ").append(mark("masquerade")).append("-j WEAVE\n");
    if (state.keepsLocalSources()) {
      script.append("-A WEAVE -m set --match-set ").append(LOCAL_SET).append(" dst -j RETURN\n");
    }
    for (Ipv4Prefix subnet : state.masqueradedSubnets()) {
      script.append(
          """
          -A WEAVE -s %1$s -d 224.0.0.0/4 -j RETURN
          -A WEAVE -d %1$s ! -s %1$s -j MASQUERADE
          -A WEAVE -s %1$s ! -d %1$s -j MASQUERADE
          """
              .formatted(subnet));
    }
  }

  private static void filter(StringBuilder script, FirewallState state, List<String> deletions) {
    String bridge = state.bridge();
    script.append(':').append(EXPOSE).append(" - [0:0]\n");
    deletions.forEach(line -> script.append(line).append('\n'));
    state
        .controlPort()
        .ifPresent(port ->
            script.append(
                """
                -I INPUT 1 -d 127.0.0.1/32 -p tcp --dport %d -m addrtype ! --src-type LOCAL \
                -m conntrack ! --ctstate RELATED,ESTABLISHED %s-j DROP
                """
                    .formatted(port, mark("non-local access to the control port"))));
    state.docker().ifPresent(docker -> dockerInput(script, docker));
    List<String> block = new ArrayList<>();
    state
        .isolatedBridge()
        .ifPresent(
            docker -> block.add("-i %s -o %s %s-j DROP".formatted(docker, bridge, mark(DOCKER))));
    block.addAll(
        List.of(
            "-i %1$s -o %1$s %2$s-j ACCEPT".formatted(bridge, mark("among containers")),
            "-o %s %s-j %s".formatted(bridge, mark("exposed"), EXPOSE),
            "-i %1$s ! -o %1$s %2$s-j ACCEPT".formatted(bridge, mark("from containers")),
            "-o %s -m conntrack --ctstate RELATED,ESTABLISHED %s-j ACCEPT"
                .formatted(bridge, mark("answers"))));
    for (int i = 0; i < block.size(); i++) {
      script.append("-I FORWARD ").append(i + 1).append(' ').append(block.get(i)).append('\n');
    }
    for (Ipv4Prefix subnet : state.exposedSubnets()) {
      script.append("-A ").append(EXPOSE).append(" -d ").append(subnet).append(" -j ACCEPT\n");
    }
  }

  /** Docker's containers do not speak to the mesh by their gateway, but may ask for names there. */
  private static void dockerInput(StringBuilder script, FirewallState.DockerBridge docker) {
    String rule = "-A INPUT -i %s -p %s%s --dport %d %s-j %s%n";
    String mark = mark(DOCKER);
    docker
        .address()
        .ifPresent(address -> {
          String to = " -d " + address;
          int port = docker.meshPort();
          script.append(rule.formatted(docker.name(), "tcp", to, port, mark, "DROP"));
          script.append(rule.formatted(docker.name(), "udp", to, port, mark, "DROP"));
          script.append(rule.formatted(docker.name(), "udp", to, port + 1, mark, "DROP"));
        });
    for (String protocol : List.of("udp", "tcp")) {
      script.append(rule.formatted(docker.name(), protocol, "", DNS_PORT, mark, "ACCEPT"));
    }
  }

  /** A comment by which a rule is found again. */
  static String mark(String text) {
    return "-m comment --comment \"%s %s\" ".formatted(MARK, text);
  }

  @Override
  public String present() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String table : TABLES) {
      boolean hasCanary = false;
      for (String line : savedLines(table)) {
        if (isOurs(line)) {
          hasCanary |= line.startsWith(":" + CANARY);
          text.append(table).append(' ').append(line.replaceFirst(" \\[.*", "")).append('\n');
        }
      }
      if (!hasCanary) {
        return "";
      }
    }
    return text.toString();
  }

  private static boolean isOurs(String line) {
    return line.contains("WEAVE") || line.contains('"' + MARK);
  }

  @Override
  public boolean isAvailable() {
    return FirewallProgram.exists(save);
  }

  @Override
  public void remove() throws IOException {
    StringBuilder script = new StringBuilder();
    presentTables()
        .forEach((table, lines) -> {
          List<String> chains = chains(lines);
          List<String> deletions = deletions(lines);
          if (!chains.isEmpty() || !deletions.isEmpty()) {
            script.append('*').append(table).append('\n');
            // Named again, a chain is emptied, so that none holds on to another.
            chains.forEach(chain -> script.append(':').append(chain).append(" - [0:0]\n"));
            deletions.forEach(line -> script.append(line).append('\n'));
            chains.forEach(chain -> script.append("-X ").append(chain).append('\n'));
            script.append("COMMIT\n");
          }
        });
    if (!script.isEmpty()) {
      restore(script.toString());
      removeSet();
    }
  }

  /** Removes what may be left beside the rules. */
  static void removeSet() throws IOException {
    if (FirewallProgram.exists("ipset")) {
      FirewallProgram.run(List.of("ipset", "destroy", LOCAL_SET), "");
    }
  }

  /** Our chains of a table; none when rules of somebody else lead to them: Weave Net's, as ours. */
  private static List<String> chains(List<String> lines) {
    boolean areShared =
        lines.stream()
            .filter(line -> line.startsWith("-A ") && !isOurs(line.replaceFirst(" -[jg] .*", "")))
            .anyMatch(line -> CHAINS.contains(line.replaceFirst(".* -[jg] (\\S+).*", "$1")));
    return areShared
        ? List.of()
        : CHAINS.stream()
            .filter(chain -> lines.stream().anyMatch(line -> line.startsWith(":" + chain + " ")))
            .toList();
  }

  /** Lines that delete what of ours stands in chains that are not ours. */
  private static List<String> deletions(List<String> saved) {
    return saved.stream()
        .filter(line -> line.startsWith("-A ") && !line.startsWith("-A WEAVE"))
        .filter(line -> line.contains('"' + MARK))
        .map(line -> "-D" + line.substring(2))
        .toList();
  }

  private List<String> savedLines(String table) throws IOException {
    return FirewallProgram.require(List.of(save, "-t", table), "")
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  /** Of all tables that there are: to ask for one by its name can make it. */
  private SortedMap<String, List<String>> presentTables() throws IOException {
    SortedMap<String, List<String>> tables = new TreeMap<>();
    List<String> lines = new ArrayList<>();
    for (String line : FirewallProgram.require(List.of(save), "").lines().toList()) {
      if (line.startsWith("*")) {
        lines = new ArrayList<>();
        tables.put(line.substring(1).strip(), lines);
      } else {
        lines.add(line);
      }
    }
    tables.keySet().retainAll(TABLES);
    return tables;
  }

  private void restore(String script) throws IOException {
    FirewallProgram.require(List.of(restore, "--noflush", "--wait", "5"), script);
  }

  @Override
  public String toString() {
    return save.toLowerCase(Locale.ROOT);
  }
}
