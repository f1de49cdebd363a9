package io.weft.cli;

import static io.weft.cli.LaunchFlag.Kind.SWITCH;
import static io.weft.cli.LaunchFlag.Kind.VALUE;
import static io.weft.cli.LaunchFlag.Standing.ABOUT_DNS;
import static io.weft.cli.LaunchFlag.Standing.ALREADY_SO;
import static io.weft.cli.LaunchFlag.Standing.COMMAND;
import static io.weft.cli.LaunchFlag.Standing.DEAD;
import static io.weft.cli.LaunchFlag.Standing.NOT_YET;
import static io.weft.cli.LaunchFlag.Standing.ROUTER;

import io.weft.cli.LaunchFlag.Kind;
import io.weft.cli.LaunchFlag.Standing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every flag that Weave Net's {@code launch} has, in the order of the help text. */
final class LaunchFlags {
  private static final Map<String, LaunchFlag> BY_NAME = new LinkedHashMap<>();

  /** Where a terminal ends at the latest, and with it the other help texts. */
  private static final int HELP_COLUMNS = 80;

  private static final int HELP_INDENT = 32;

  /** Spellings of older releases that scripts still use. */
  private static final Map<String, String> OLD_SPELLINGS =
      Map.of(
          "-password", "--password", "-iprange", "--ipalloc-range", "--iprange", "--ipalloc-range");

  static {
    // Used by this command.
    add("foreground", SWITCH, COMMAND, "run the router in place of this command, for supervisors");
    add("password", VALUE, COMMAND, "WEAVE_PASSWORD", "encrypt control and data traffic");

    add("no-setup-cni", SWITCH, COMMAND, "leave the CNI plugins of this host as they are");
    add("version", SWITCH, COMMAND, "print the version and end");
    add("print-peer-name", SWITCH, ROUTER, "print the peer name of this machine and end");

    // Used by the router.
    add("port", VALUE, ROUTER, "WEAVE_PORT", "TCP and UDP port of the mesh (6783)");
    add("host", VALUE, ROUTER, "local address to bind and to send from (all)");
    add("name", VALUE, ROUTER, "peer name, six bytes in hexadecimal (derived from this machine)");
    add("nickname", VALUE, ROUTER, "label shown in the status (the host name)");
    add("ipalloc-range", VALUE, ROUTER, "range to allocate addresses from (10.32.0.0/12)");
    add("ipalloc-default-subnet", VALUE, ROUTER, "subnet meant by net:default (the range)");
    add("ipalloc-init", VALUE, ROUTER, "consensus[=N], seed=NAME,... or observer (consensus)");
    add("ipalloc-reclaim-after", VALUE, ROUTER, "take over from peers gone that long, 5m+ (off)");
    add("resume", SWITCH, ROUTER, "dial the peers known from the last run");
    add("no-discovery", SWITCH, ROUTER, "dial only the peers given here");
    add(
        "trusted-subnets",
        VALUE,
        ROUTER,
        "no encryption with peers in these subnets, if both agree");
    add("conn-limit", VALUE, ROUTER, "connections at most, 0 for no limit (200)");
    add("min-protocol-version", VALUE, ROUTER, "lowest mesh protocol to speak, 1 or 2 (1)");
    add("overlays", VALUE, ROUTER, "overlays to offer to peers, with commas between (all)");
    add("mtu", VALUE, ROUTER, "WEAVE_MTU", "MTU of the bridge, 0 for automatic (0)");
    add("no-fastdp", SWITCH, ROUTER, "WEAVE_NO_FASTDP", "no fastdp: sleeve2 and sleeve only");
    add(
        "fastdp-by",
        VALUE,
        ROUTER,
        "WEAVE_FASTDP_BY",
        "fastdp by auto, ebpf, devices or user (auto)");
    add("datapath", VALUE, ROUTER, "name of Weave Net's datapath; empty for no fastdp (datapath)");
    add("weave-bridge", VALUE, ROUTER, "name of the bridge (weave)");
    add("bufsz", VALUE, ROUTER, "packet capture buffer in MB (8)");
    add("capture", VALUE, ROUTER, "capture by auto, tap (super-frames) or pcap (auto)");
    add("workers", VALUE, ROUTER, "threads that move frames, 1 to 8 (by processors)");
    add(
        "http-addr",
        VALUE,
        ROUTER,
        "WEAVE_HTTP_ADDR",
        "address of the control API (127.0.0.1:6784)");
    add(
        "status-addr",
        VALUE,
        ROUTER,
        "WEAVE_STATUS_ADDR",
        "address of the status pages (127.0.0.1:6782)");
    add(
        "metrics-addr",
        VALUE,
        ROUTER,
        "WEAVE_METRICS_ADDR",
        "address that serves only metrics (off)");
    add("cni-socket", VALUE, ROUTER, "where CNI plugins reach the router, empty for nowhere");
    add(
        "iptables-backend",
        VALUE,
        ROUTER,
        "IPTABLES_BACKEND",
        "packet filter rules by iptables: nft or legacy (a table of our own)");
    add("bridge-filter", VALUE, ROUTER, "frames pass the packet filter (auto), on or off");
    add("no-masq-local", SWITCH, ROUTER, "containers of this host see who calls from outside");
    add(
        "docker-bridge",
        VALUE,
        ROUTER,
        "DOCKER_BRIDGE",
        "keep containers of that bridge apart from ours (docker0 if there is one)");
    add(
        "docker-api",
        VALUE,
        COMMAND,
        "DOCKER_HOST",
        "where attach asks Docker for names; empty for nowhere (unix:///var/run/docker.sock)");
    add("host-root", VALUE, ROUTER, "where the host's file system is mounted (/)");
    add("proc-path", VALUE, ROUTER, "where the host's proc is mounted (proc of --host-root)");
    add("db-prefix", VALUE, ROUTER, "prefix of the state file (/var/lib/weave/weave)");
    add("log-level", VALUE, ROUTER, "debug, info, warning or error (info)");

    // There is nothing here that these would have to switch off.
    others(SWITCH, ALREADY_SO, "no-dns no-restart no-detect-tls");
    others(
        SWITCH, ALREADY_SO, "without-dns no-multicast-route no-rewrite-hosts no-default-ipalloc");
    others(VALUE, DEAD, "profile token peer-discovery-url advertise-address");
    others(
        VALUE, ABOUT_DNS, "dns-domain dns-listen-address dns-ttl dns-fallback-timeout resolv-conf");
    add(
        "no-bridged-fastdp",
        SWITCH,
        NOT_YET,
        "WEAVE_NO_BRIDGED_FASTDP",
        "containers straight at the datapath");
    others(
        SWITCH,
        NOT_YET,
        "pkt-debug pktdebug expect-npc awsvpc plugin plugin-v2 plugin-v2-multicast proxy"
            + " rewrite-inspect tls tlsverify");
    others(
        VALUE,
        NOT_YET,
        "plugin-socket plugin-mesh-socket H hostname-from-label"
            + " hostname-match hostname-replacement tlscacert tlscert tlskey");
  }

  private LaunchFlags() {}

  private static void others(Kind kind, Standing standing, String names) {
    for (String name : names.split(" ", -1)) {
      add(name, kind, standing, "of Weave Net");
    }
  }

  private static void add(String name, Kind kind, Standing standing, String description) {
    BY_NAME.put(name, new LaunchFlag(name, kind, standing, null, description));
  }

  private static void add(
      String name, Kind kind, Standing standing, String environment, String description) {
    BY_NAME.put(name, new LaunchFlag(name, kind, standing, environment, description));
  }

  /** The flag that {@code spelling}, with its dashes and without a value, stands for, or null. */
  static @Nullable LaunchFlag find(String spelling) {
    String current = OLD_SPELLINGS.getOrDefault(spelling, spelling);
    if (current.equals("-H")) {
      return BY_NAME.get("H");
    }
    return current.startsWith("--") ? BY_NAME.get(current.substring(2)) : null;
  }

  static Stream<LaunchFlag> all() {
    return BY_NAME.values().stream();
  }

  /** The flags that have an effect, in the order of the help text. */
  static Stream<LaunchFlag> accepted() {
    return all().filter(LaunchFlag::isPartOfHelp);
  }

  /** Lines for the help text. */
  static List<String> help() {
    List<String> lines = new ArrayList<>();
    accepted().forEach(flag -> addLines(flag, lines));
    return lines;
  }

  /** Breaks the description between words, so that it stays in its column. */
  private static void addLines(LaunchFlag flag, List<String> lines) {
    String usage = flag.spelling() + (flag.kind() == VALUE ? " VALUE" : "");
    String environment = flag.environment() == null ? "" : " [" + flag.environment() + "]";
    StringBuilder line = new StringBuilder(String.format("  %-30s", usage));
    for (String word : (flag.description() + environment).split(" ", -1)) {
      if (line.length() + 1 + word.length() > HELP_COLUMNS) {
        lines.add(line.toString());
        line = new StringBuilder(" ".repeat(HELP_INDENT));
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
  }
}
