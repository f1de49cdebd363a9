package io.weft.router.options;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The flags of the router, in the order in which help lists them. */
enum Flag {
  PASSWORD("password", "TEXT", "the mesh's secret; better in WEAVE_PASSWORD, which nobody sees"),
  PORT("port", "N", "mesh port, TCP and UDP (default 6783)"),
  HOST("host", "IP", "local address to bind and to use as source (default all)"),
  NAME("name", "PEERNAME", "name of this peer (default derived from the host)"),
  NICKNAME("nickname", "TEXT", "label of this peer in status (default host name)"),
  IPALLOC_RANGE("ipalloc-range", "CIDR", "addresses shared by all peers; empty for none"),
  IPALLOC_INIT("ipalloc-init", "MODE", "consensus[=N], seed=NAME,... or observer"),
  IPALLOC_DEFAULT_SUBNET("ipalloc-default-subnet", "CIDR", "subnet to allocate from by default"),
  IPALLOC_RECLAIM_AFTER(
      "ipalloc-reclaim-after", "TIME", "take over from peers gone that long, 5m or more (off)"),
  NO_DISCOVERY("no-discovery", "", "do not connect to peers learnt from other peers"),
  CONN_LIMIT("conn-limit", "N", "most connections, 0 for no limit (default 200)"),
  TRUSTED_SUBNETS("trusted-subnets", "CIDR,...", "subnets toward which data stays unencrypted"),
  RESUME("resume", "", "connect to the peers of the last run"),
  MIN_PROTOCOL_VERSION("min-protocol-version", "N", "lowest mesh protocol accepted, 1 or 2"),
  MTU("mtu", "N", "MTU of the bridge, 0 for automatic (default 0)"),
  OVERLAYS("overlays", "NAME,...", "overlays to offer (default all: fastdp,sleeve2,sleeve)"),
  NO_FASTDP("no-fastdp", "", "do not offer fastdp: data by sleeve2 and sleeve only"),
  FASTDP_BY(
      "fastdp-by", "WAY", "what carries fastdp here: auto, ebpf, devices or user (default auto)"),
  DATAPATH("datapath", "NAME", "name of Weave Net's datapath; empty for no fastdp (datapath)"),
  WEAVE_BRIDGE("weave-bridge", "NAME", "name of the bridge (default weave)"),
  BUFSZ("bufsz", "MB", "capture buffer of pcap, 1 to 1024 (default 8)"),
  CAPTURE("capture", "WAY", "auto, tap (super-frames) or pcap (any kernel) (default auto)"),
  WORKERS("workers", "N", "threads that move frames, 1 to 8 (default by processors)"),
  HTTP_ADDR(
      "http-addr", "ADDRESS", "control API, HOST:PORT or /SOCKET (127.0.0.1:6784); empty for none"),
  STATUS_ADDR("status-addr", "HOST:PORT", "status only (default 127.0.0.1:6782); empty for none"),
  METRICS_ADDR("metrics-addr", "HOST:PORT", "metrics only (default none)"),
  CNI_SOCKET("cni-socket", "PATH", "where CNI plugins reach the router; empty for nowhere"),
  IPTABLES_BACKEND(
      "iptables-backend", "KIND", "rules by iptables, nft or legacy (default a table of our own)"),
  BRIDGE_FILTER("bridge-filter", "WAY", "frames pass the packet filter: auto, on, off (auto)"),
  NO_MASQ_LOCAL("no-masq-local", "", "containers of this host see who calls from outside"),
  DOCKER_BRIDGE(
      "docker-bridge", "NAME", "keep the containers of this bridge apart from ours (default none)"),
  HOST_ROOT("host-root", "PATH", "where the host's file system is mounted (default /)"),
  PROC_PATH("proc-path", "PATH", "where the host's proc is mounted (default ROOT/proc)"),
  DB_PREFIX("db-prefix", "PATH", "state file without data.db (default /var/lib/weave/weave)"),
  LOG_LEVEL("log-level", "LEVEL", "debug, info, warning or error (default info)"),
  VERSION("version", "", "print the version and exit"),
  PRINT_PEER_NAME("print-peer-name", "", "print the name this peer would have and exit"),
  REMOVE_RULES(
      "remove-rules",
      "",
      "remove a router's rules and programs from the kernel, put sysctls back, exit"),
  HELP("help", "", "print this and exit");

  private final String text;
  private final String argument;
  private final String description;

  Flag(String text, String argument, String description) {
    this.text = text;
    this.argument = argument;
    this.description = description;
  }

  /** Whether a value must follow; the others take an optional {@code =true} or {@code =false}. */
  boolean takesValue() {
    return !argument.isEmpty();
  }

  static Optional<Flag> find(String name) {
    return Arrays.stream(values()).filter(flag -> flag.text.equals(name)).findFirst();
  }

  /** All flags in one line, for refusals. */
  static String accepted() {
    return Arrays.stream(values()).map(Flag::toString).collect(Collectors.joining(" "));
  }

  /** One line per flag. */
  static String help() {
    return Arrays.stream(values())
        .map(flag -> "  %-32s %s%n".formatted(flag + " " + flag.argument, flag.description))
        .collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return "--" + text;
  }
}
