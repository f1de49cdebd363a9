package io.weft.router.options;

import io.weft.gossip.PeerName;
import io.weft.gossip.Subnet;
import io.weft.ipam.BootstrapMode;
import io.weft.ipam.Cidr;
import io.weft.ipam.Reclaiming;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a router is set up; every value is checked.
 *
 * @param task what to do at all
 * @param password the mesh's secret, null for an unencrypted mesh
 * @param host local IPv4 address to bind, the wildcard for all
 * @param name our name, null to derive it
 * @param nickname what people call this host, null for its host name
 * @param range what the allocator shares, null for no allocator
 * @param rangeGiven whether an operator chose the range
 * @param initMode how the first ring is made
 * @param defaultSubnet where addresses come from by default, null without an allocator
 * @param reclaiming when space of peers that are gone is taken over without an operator
 * @param connectionLimit 0 for no limit
 * @param minProtocolVersion 1 or 2
 * @param overlays names of the overlays offered to peers, a part of {@link #ALL_OVERLAYS} in its
 *     order
 * @param fastdpBy what carries {@code fastdp} on this host
 * @param datapath name of the interface that Weave Net's own kernel datapath has
 * @param mtu of the bridge in bytes, 0 for automatic
 * @param captureMegabytes capture buffer of libpcap
 * @param capture how frames of the bridge are captured
 * @param workers threads that move frames in user space, 0 to go by the processors
 * @param httpAddress control API, null for none
 * @param statusAddress status only, null for none
 * @param metricsAddress metrics only, null for none
 * @param onHost what it does on its host beside carrying frames
 * @param statePrefix path of the state file without {@code data.db}
 * @param ignored what was given and has no effect, for the log
 * @param peers as typed
 */
public record RouterOptions(
    Task task,
    @Nullable String password,
    int port,
    String host,
    @Nullable PeerName name,
    @Nullable String nickname,
    @Nullable Cidr range,
    boolean rangeGiven,
    BootstrapMode initMode,
    @Nullable Cidr defaultSubnet,
    Reclaiming reclaiming,
    boolean discovery,
    int connectionLimit,
    List<Subnet> trustedSubnets,
    boolean resume,
    int minProtocolVersion,
    List<String> overlays,
    FastdpBy fastdpBy,
    String datapath,
    int mtu,
    String bridge,
    int captureMegabytes,
    Capture capture,
    int workers,
    @Nullable SocketAddress httpAddress,
    @Nullable SocketAddress statusAddress,
    @Nullable SocketAddress metricsAddress,
    HostOptions onHost,
    String statePrefix,
    System.Logger.Level logLevel,
    List<String> ignored,
    List<String> peers) {
  /**
   * Every overlay there is, the preferred one first; {@code sleeve} stays last (overlay.md F.3).
   */
  public static final List<String> ALL_OVERLAYS = List.of("fastdp", "sleeve2", "sleeve");

  /** What carries {@code fastdp} on this host. */
  public enum FastdpBy {
    /** The kernel by eBPF where it can, else by devices where it can that, else the router. */
    AUTO,
    /** The kernel by eBPF, and nothing else. */
    EBPF,
    /** The kernel by a VXLAN device for each peer while the mesh is full, else the router. */
    DEVICES,
    /** The router, by VXLAN in user space. */
    USER
  }

  /** How frames of the bridge are captured. */
  public enum Capture {
    /** By TAP where the kernel lets us, else by libpcap. */
    AUTO,
    /** By a TAP interface, with super-frames. */
    TAP,
    /** By libpcap on a veth pair, frame by frame. */
    PCAP
  }

  /** What the process is started for. */
  public enum Task {
    /** Run the router. */
    RUN,
    /** Print the version. */
    PRINT_VERSION,
    /** Print the peer name. */
    PRINT_PEER_NAME,
    /** Remove the packet filter rules that a router has left, and put kernel parameters back. */
    REMOVE_RULES,
    /** Print the flags. */
    PRINT_HELP
  }

  /** Takes copies of the lists. */
  public RouterOptions {
    trustedSubnets = List.copyOf(trustedSubnets);
    overlays = List.copyOf(overlays);
    ignored = List.copyOf(ignored);
    peers = List.copyOf(peers);
  }

  /**
   * Reads a command line without the program's name.
   *
   * @param environment of which {@code WEAVE_PASSWORD}, {@code WEAVE_HTTP_ADDR}, {@code
   *     WEAVE_STATUS_ADDR}, {@code WEAVE_METRICS_ADDR}, {@code IPTABLES_BACKEND} and {@code
   *     HOST_ROOT} count
   * @throws UsageException with the process's exit code when it cannot be carried out
   */
  public static RouterOptions parse(List<String> arguments, Map<String, String> environment)
      throws UsageException {
    return new OptionValues(CommandLine.parse(arguments), environment).read();
  }

  /** What {@code --help} prints. */
  public static String help() {
    return "usage: weave-router [flags] [peer...]%n%n%s".formatted(Flag.help());
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "RouterOptions[task=%s, port=%d, name=%s, password=%s, peers=%s]"
        .formatted(task, port, name, password == null ? "none" : "set", peers);
  }
}
