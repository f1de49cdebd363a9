package io.weft.router.options;

import io.weft.gossip.PeerName;
import io.weft.gossip.Subnet;
import io.weft.gossip.overlay.Lanes;
import io.weft.ipam.BootstrapMode;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.Ipv4;
import io.weft.ipam.Reclaiming;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns the flags' texts into values, refusing each that is out of its range. */
final class OptionValues {
  /** Datagrams of sleeve2 begin like the names that have it. */
  private static final long GROUP_BIT = 0x010000000000L;

  private static final String FASTDP = "fastdp";
  private static final String DATAPATH_OFF = "";
  private static final String DEFAULT_RANGE = "10.32.0.0/12";
  private static final String DEFAULT_STATE_PREFIX = "/var/lib/weave/weave";
  private static final String DEFAULT_DATAPATH = "datapath";
  private static final int DEFAULT_PORT = 6783;
  private static final int DEFAULT_CONNECTION_LIMIT = 200;
  private static final int DEFAULT_CAPTURE_MEGABYTES = 8;
  private static final int MAX_PORT = 65_535;
  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int MAX_CAPTURE_MEGABYTES = 1024;
  private static final int MIN_MTU = 68;
  private static final int MAX_MTU = 65_535;
  private static final int MAX_TEXT = 255;
  private static final Duration LONGEST_RECLAIM = Duration.ofDays(3650);
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,9}");

  /** The kernel's limit is 15 bytes, and neither blanks nor slashes. */
  private static final Pattern INTERFACE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,15}");

  private final CommandLine line;
  private final Map<String, String> environment;

  OptionValues(CommandLine line, Map<String, String> environment) {
    this.line = line;
    this.environment = environment;
  }

  RouterOptions read() throws UsageException {
    Cidr range = range();
    boolean resume = isSet(Flag.RESUME);
    if (resume && !line.peers().isEmpty()) {
      throw bad("You must not specify an initial peer list in conjunction with --resume");
    }
    if (range == null && line.flags().containsKey(Flag.IPALLOC_INIT)) {
      throw bad("--ipalloc-init has no meaning without an address range in --ipalloc-range");
    }
    if (range == null && !line.flags().getOrDefault(Flag.IPALLOC_DEFAULT_SUBNET, "").isEmpty()) {
      throw bad(
          "--ipalloc-default-subnet has no meaning without an address range in --ipalloc-range");
    }
    return new RouterOptions(
        task(),
        password(),
        number(Flag.PORT, DEFAULT_PORT, 1, MAX_PORT - 1),
        host(),
        name(),
        shortText(Flag.NICKNAME),
        range,
        line.flags().containsKey(Flag.IPALLOC_RANGE),
        initMode(),
        defaultSubnet(range),
        reclaiming(),
        !isSet(Flag.NO_DISCOVERY),
        number(Flag.CONN_LIMIT, DEFAULT_CONNECTION_LIMIT, 0, MAX_CONNECTIONS),
        trustedSubnets(),
        resume,
        number(Flag.MIN_PROTOCOL_VERSION, 1, 1, 2),
        overlays(),
        fastdpBy(),
        datapath(),
        mtu(),
        bridge(),
        number(Flag.BUFSZ, DEFAULT_CAPTURE_MEGABYTES, 1, MAX_CAPTURE_MEGABYTES),
        capture(),
        line.flags().containsKey(Flag.WORKERS) ? number(Flag.WORKERS, 1, 1, Lanes.MAX_WORKERS) : 0,
        address(Flag.HTTP_ADDR, "WEAVE_HTTP_ADDR", 6784),
        address(Flag.STATUS_ADDR, "WEAVE_STATUS_ADDR", 6782),
        metricsAddress(),
        HostOptions.read(line, environment, isSet(Flag.NO_MASQ_LOCAL)),
        statePrefix(),
        logLevel(),
        line.ignored(),
        line.peers());
  }

  /** The router and the command that removes its state run in different folders. */
  private String statePrefix() throws UsageException {
    String text = line.flags().getOrDefault(Flag.DB_PREFIX, DEFAULT_STATE_PREFIX);
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      throw bad("%s: \"%s\" is no absolute path".formatted(Flag.DB_PREFIX, text));
    }
    return text;
  }

  private RouterOptions.Task task() throws UsageException {
    if (isSet(Flag.HELP)) {
      return RouterOptions.Task.PRINT_HELP;
    }
    if (isSet(Flag.VERSION)) {
      return RouterOptions.Task.PRINT_VERSION;
    }
    if (isSet(Flag.REMOVE_RULES)) {
      return RouterOptions.Task.REMOVE_RULES;
    }
    return isSet(Flag.PRINT_PEER_NAME)
        ? RouterOptions.Task.PRINT_PEER_NAME
        : RouterOptions.Task.RUN;
  }

  private RouterOptions.Capture capture() throws UsageException {
    String text = line.flags().getOrDefault(Flag.CAPTURE, "auto");
    return switch (text) {
      case "auto" -> RouterOptions.Capture.AUTO;
      case "tap" -> RouterOptions.Capture.TAP;
      case "pcap" -> RouterOptions.Capture.PCAP;
      default -> throw bad("--capture: auto, tap or pcap is needed, not \"" + text + "\"");
    };
  }

  private @Nullable String password() {
    String password = line.flags().get(Flag.PASSWORD);
    if (password == null) {
      password = environment.getOrDefault("WEAVE_PASSWORD", "");
    }
    return password.isEmpty() ? null : password;
  }

  private String host() throws UsageException {
    String host = line.flags().getOrDefault(Flag.HOST, "");
    if (host.isEmpty()) {
      return "0.0.0.0";
    }
    try {
      return Ipv4.format(Ipv4.parse(host));
    } catch (InvalidAddressException e) {
      throw bad("--host: " + e.getMessage() + ", an IPv4 address is needed");
    }
  }

  private @Nullable PeerName name() throws UsageException {
    String text = line.flags().getOrDefault(Flag.NAME, "");
    if (text.isEmpty()) {
      return null;
    }
    try {
      PeerName name = PeerName.parse(text);
      if (name.equals(PeerName.UNKNOWN)) {
        throw bad("--name: %s is reserved for unknown peers".formatted(name));
      }
      if ((name.value() & GROUP_BIT) != 0) {
        throw bad(
            "--name: %s is a group address; the first octet of a name is even".formatted(name));
      }
      return name;
    } catch (IllegalArgumentException e) {
      throw bad("--name: " + e.getMessage());
    }
  }

  private @Nullable String shortText(Flag flag) throws UsageException {
    String text = line.flags().get(flag);
    if (text != null && text.length() > MAX_TEXT) {
      throw bad("%s: at most %d characters are accepted".formatted(flag, MAX_TEXT));
    }
    return text;
  }

  private @Nullable Cidr range() throws UsageException {
    String text = line.flags().getOrDefault(Flag.IPALLOC_RANGE, DEFAULT_RANGE);
    return text.isEmpty() ? null : subnet(Flag.IPALLOC_RANGE, text);
  }

  private @Nullable Cidr defaultSubnet(@Nullable Cidr range) throws UsageException {
    String text = line.flags().getOrDefault(Flag.IPALLOC_DEFAULT_SUBNET, "");
    return range == null || text.isEmpty() ? range : subnet(Flag.IPALLOC_DEFAULT_SUBNET, text);
  }

  private Reclaiming reclaiming() throws UsageException {
    String text = line.flags().getOrDefault(Flag.IPALLOC_RECLAIM_AFTER, "");
    if (text.isEmpty() || text.equals("0")) {
      return Reclaiming.NEVER;
    }
    try {
      Duration least = Duration.ofNanos(Reclaiming.MIN_NANOS);
      return new Reclaiming(DurationText.parse(text, least, LONGEST_RECLAIM).toNanos());
    } catch (IllegalArgumentException e) {
      throw bad(Flag.IPALLOC_RECLAIM_AFTER + ": " + e.getMessage());
    }
  }

  private BootstrapMode initMode() throws UsageException {
    String text = line.flags().getOrDefault(Flag.IPALLOC_INIT, "");
    try {
      return BootstrapMode.parse(text);
    } catch (InvalidAddressException e) {
      throw bad(e.getMessage() + "; consensus[=N], seed=NAME,NAME,... and observer are accepted");
    }
  }

  private List<Subnet> trustedSubnets() throws UsageException {
    List<Subnet> subnets = new ArrayList<>();
    String list = line.flags().getOrDefault(Flag.TRUSTED_SUBNETS, "");
    for (String subnet : list.isEmpty() ? new String[0] : list.split(",", -1)) {
      try {
        subnets.add(Subnet.parse(subnet));
      } catch (IllegalArgumentException e) {
        throw bad("--trusted-subnets: " + e.getMessage());
      }
    }
    return subnets;
  }

  private List<String> overlays() throws UsageException {
    String text = line.flags().getOrDefault(Flag.OVERLAYS, "");
    List<String> all = RouterOptions.ALL_OVERLAYS;
    List<String> offered = text.isEmpty() ? all : List.of(text.split(",", -1));
    for (String name : offered) {
      if (!all.contains(name)) {
        throw bad(
            "%s: there is no overlay \"%s\"; %s are accepted, with commas between"
                .formatted(Flag.OVERLAYS, name, String.join(", ", all)));
      }
    }
    // By specification no name of a datapath means that there is to be none (overlay.md D.1).
    boolean noDatapath = DATAPATH_OFF.equals(line.flags().get(Flag.DATAPATH));
    String without = isSet(Flag.NO_FASTDP) || noDatapath ? FASTDP : "";
    List<String> left =
        all.stream().filter(offered::contains).filter(name -> !name.equals(without)).toList();
    if (left.isEmpty()) {
      Flag culprit = noDatapath ? Flag.DATAPATH : Flag.NO_FASTDP;
      throw bad("%s leaves no overlay with %s".formatted(culprit, Flag.OVERLAYS));
    }
    return left;
  }

  private RouterOptions.FastdpBy fastdpBy() throws UsageException {
    String text = line.flags().getOrDefault(Flag.FASTDP_BY, "auto");
    RouterOptions.FastdpBy by =
        switch (text) {
          case "auto" -> RouterOptions.FastdpBy.AUTO;
          case "ebpf" -> RouterOptions.FastdpBy.EBPF;
          case "devices" -> RouterOptions.FastdpBy.DEVICES;
          case "user" -> RouterOptions.FastdpBy.USER;
          default ->
              throw bad(
                  "%s: auto, ebpf, devices or user is needed, not \"%s\""
                      .formatted(Flag.FASTDP_BY, text));
        };
    if (by != RouterOptions.FastdpBy.AUTO && !overlays().contains(FASTDP)) {
      throw bad("%s has no meaning without the overlay fastdp".formatted(Flag.FASTDP_BY));
    }
    return by;
  }

  private int mtu() throws UsageException {
    int mtu = number(Flag.MTU, 0, 0, MAX_MTU);
    if (mtu != 0 && mtu < MIN_MTU) {
      throw bad("--mtu: %d is not 0 and not in %d to %d".formatted(mtu, MIN_MTU, MAX_MTU));
    }
    return mtu;
  }

  private String bridge() throws UsageException {
    return interfaceName(Flag.WEAVE_BRIDGE, line.flags().getOrDefault(Flag.WEAVE_BRIDGE, "weave"));
  }

  private String datapath() throws UsageException {
    String name = line.flags().getOrDefault(Flag.DATAPATH, DEFAULT_DATAPATH);
    return interfaceName(Flag.DATAPATH, name.equals(DATAPATH_OFF) ? DEFAULT_DATAPATH : name);
  }

  static String interfaceName(Flag flag, String name) throws UsageException {
    if (!INTERFACE_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw bad("%s: \"%s\" is no name of a network interface".formatted(flag, name));
    }
    return name;
  }

  private @Nullable SocketAddress address(Flag flag, String variable, int defaultPort)
      throws UsageException {
    String text = line.flags().get(flag);
    if (text == null) {
      text = environment.getOrDefault(variable, ":" + defaultPort);
    }
    return text.isEmpty() ? null : address(flag, text, String.valueOf(defaultPort));
  }

  /** There is no usual port for it, so none is assumed. */
  private @Nullable SocketAddress metricsAddress() throws UsageException {
    String text = line.flags().get(Flag.METRICS_ADDR);
    if (text == null) {
      text = environment.getOrDefault("WEAVE_METRICS_ADDR", "");
    }
    return text.isEmpty() ? null : address(Flag.METRICS_ADDR, text, "");
  }

  /**
   * Reads an address.
   *
   * @param otherwise the port of an address that names none; empty when it must name one
   */
  private static SocketAddress address(Flag flag, String text, String otherwise)
      throws UsageException {
    if (text.startsWith("/")) {
      return UnixDomainSocketAddress.of(HostOptions.checkSocketPath(flag, text));
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    String port = colon < 0 ? "" : text.substring(colon + 1);
    if (port.isEmpty() && otherwise.isEmpty()) {
      throw bad("%s: \"%s\" lacks a port, HOST:PORT is accepted".formatted(flag, text));
    }
    int number = parse(flag, port.isEmpty() ? otherwise : port, 0, MAX_PORT);
    return new InetSocketAddress(numericHost(flag, host), number);
  }

  private static String numericHost(Flag flag, String host) throws UsageException {
    if (host.isEmpty() || host.equals("localhost")) {
      return "127.0.0.1";
    }
    try {
      return Ipv4.format(Ipv4.parse(host));
    } catch (InvalidAddressException e) {
      throw bad("%s: %s, an IPv4 address is needed".formatted(flag, e.getMessage()));
    }
  }

  private System.Logger.Level logLevel() throws UsageException {
    String text = line.flags().getOrDefault(Flag.LOG_LEVEL, "info");
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "debug" -> System.Logger.Level.DEBUG;
      case "info" -> System.Logger.Level.INFO;
      case "warning" -> System.Logger.Level.WARNING;
      case "error" -> System.Logger.Level.ERROR;
      default ->
          throw bad(
              "--log-level: unknown level %s; debug, info, warning and error are accepted"
                  .formatted(text));
    };
  }

  private boolean isSet(Flag flag) throws UsageException {
    String text = line.flags().getOrDefault(flag, "false");
    return switch (text) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw bad("%s: \"%s\" is neither true nor false".formatted(flag, text));
    };
  }

  private int number(Flag flag, int defaultValue, int least, int most) throws UsageException {
    String text = line.flags().get(flag);
    return text == null ? defaultValue : parse(flag, text, least, most);
  }

  private static int parse(Flag flag, String text, int least, int most) throws UsageException {
    int value = DIGITS.matcher(text).matches() ? Integer.parseInt(text) : -1;
    if (value < least || value > most) {
      throw bad("%s: \"%s\" is no number in %d to %d".formatted(flag, text, least, most));
    }
    return value;
  }

  private static Cidr subnet(Flag flag, String text) throws UsageException {
    try {
      return Cidr.parseSubnet(text);
    } catch (InvalidAddressException e) {
      throw bad("%s: %s".formatted(flag, e.getMessage()));
    }
  }

  private static UsageException bad(String message) {
    return new UsageException(UsageException.BAD_VALUE, message);
  }
}
