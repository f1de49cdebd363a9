package io.weft.router;

import io.weft.fastpath.EspSupport;
import io.weft.fastpath.KernelPath;
import io.weft.fastpath.PeerDevices;
import io.weft.fastpath.UserVxlanOverlay;
import io.weft.fastpath.VxlanListeners;
import io.weft.gossip.PeerName;
import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.TapDevice;
import io.weft.router.host.Bridge;
import io.weft.router.host.UnderlayMtu;
import io.weft.router.options.RouterOptions;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What carries the overlay {@code fastdp} on this host, found out by having the kernel begin.
 *
 * @param way what it is
 * @param kernel the kernel's part; null when only user space forwards
 * @param esp what encrypts for fastdp
 * @param mtuBytes of the bridge
 * @param reason for status: why it is not eBPF; empty when it is
 * @param refusal why nothing does; null when something does
 */
record Datapath(
    Way way,
    @Nullable KernelPath kernel,
    EspSupport esp,
    int mtuBytes,
    String reason,
    @Nullable Refusal refusal) {
  /** What carries {@code fastdp}. */
  enum Way {
    /** eBPF programs in the kernel. */
    EBPF,
    /** A VXLAN device for each peer while the mesh is full, else the router. */
    DEVICES,
    /** The router, by VXLAN in user space. */
    USER,
    /** Nothing: other overlays of user space carry all frames. */
    NONE
  }

  /** Why {@code fastdp} is not offered. */
  enum Refusal {
    SWITCHED_OFF("fastdp-switched-off-here", "fastdp is switched off"),
    CAPTURE_TAP("fastdp-not-with-capture-tap", "--capture tap"),
    NO_ESP("fastdp-kernel-has-no-esp", "the kernel does not encrypt, it has no ESP"),
    NO_PORT("fastdp-port-not-free", "the UDP port of VXLAN is not free");

    private final String word;
    private final String text;

    Refusal(String word, String text) {
      this.word = word;
      this.text = text;
    }

    /** For the status of connections. */
    String word() {
      return word;
    }
  }

  /** The overlay that this is about. */
  static final String OVERLAY = "fastdp";

  private static final System.Logger LOGGER = System.getLogger(Datapath.class.getName());

  /** By specification: MTU of the bridge with the kernel's overlay (overlay.md C.5). */
  private static final int FAST_MTU_BYTES = 1_376;

  /** By specification: what VXLAN takes of the network's MTU (overlay.md C.5). */
  private static final int OVERHEAD_BYTES = 50;

  /** By specification: what ESP takes besides of an MTU that is a multiple of four (C.5). */
  private static final int ESP_BYTES = 34;

  private static final int ESP_ALIGNMENT = 4;

  /** Every IPv4 host takes so much. */
  private static final int LEAST_MTU_BYTES = 576;

  /**
   * A heartbeat, which is the MTU and two headers, fits a UDP datagram; a TAP interface has more.
   */
  private static final int USER_MTU_MAX_BYTES = 65_507 - 14 - 8;

  /** Makes the bridge and its port, and sets the kernel up behind the port if it can. */
  static Datapath prepare(Netlink netlink, RouterOptions options, PeerName name)
      throws IOException {
    Bridge.refuseDatapath(netlink, options.datapath());
    if (!options.overlays().contains(OVERLAY)) {
      return none(netlink, options, name, Refusal.SWITCHED_OFF);
    }
    EspSupport esp = options.password() == null ? EspSupport.unused() : EspSupport.probe();
    if (options.fastdpBy() == RouterOptions.FastdpBy.USER) {
      return user(netlink, options, name, esp, "as asked for");
    }
    if (options.fastdpBy() == RouterOptions.FastdpBy.DEVICES) {
      return devices(netlink, options, name, esp);
    }
    Refusal refusal = reasonAgainst(options, esp);
    if (refusal != null && options.fastdpBy() == RouterOptions.FastdpBy.EBPF) {
      throw new IOException("--fastdp-by ebpf: not with " + refusal.text);
    }
    if (refusal != null) {
      return none(netlink, options, name, refusal);
    }
    int mtu = mtu(netlink, options, esp);
    Bridge.ensure(netlink, options.bridge(), name, mtu);
    Bridge.ensureVethPair(netlink, options.bridge(), mtu);
    PeerDevices.clear(netlink, Bridge.BRIDGE_PORT);
    try {
      KernelPath kernel = KernelPath.open(Bridge.BRIDGE_PORT, options.port() + 1);
      return new Datapath(Way.EBPF, kernel, esp, mtu, "", null);
    } catch (IOException e) {
      if (options.fastdpBy() == RouterOptions.FastdpBy.EBPF) {
        throw new IOException("--fastdp-by ebpf: " + e.getMessage(), e);
      }
      LOGGER.log(Level.WARNING, "no fastdp by eBPF on this host: {0}", e.getMessage());
      return withoutEbpf(netlink, options, name, esp, "eBPF " + shortReason(e));
    }
  }

  /** By devices or the router, which need the port of VXLAN as well; else not at all. */
  private static Datapath withoutEbpf(
      Netlink netlink, RouterOptions options, PeerName name, EspSupport esp, String reason)
      throws IOException {
    // What a router before has left may have the port.
    KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
    String whyNot = VxlanListeners.whyNot(Ipv4Address.parse(options.host()), options.port());
    boolean alone = options.overlays().size() == 1;
    if (whyNot == null || alone) {
      return user(netlink, options, name, esp, reason).withDevices(netlink);
    }
    LOGGER.log(Level.WARNING, "no fastdp on this host: {0}", whyNot);
    esp.close();
    return none(netlink, options, name, Refusal.NO_PORT);
  }

  private static Datapath devices(
      Netlink netlink, RouterOptions options, PeerName name, EspSupport esp) throws IOException {
    String whyNot = PeerDevices.whyNot(netlink);
    if (whyNot != null) {
      throw new IOException("--fastdp-by devices: " + whyNot);
    }
    return user(netlink, options, name, esp, "as asked for").byDevices();
  }

  /** The same, by devices where the kernel has them. */
  private Datapath withDevices(Netlink netlink) {
    String whyNot = PeerDevices.whyNot(netlink);
    if (whyNot != null) {
      LOGGER.log(Level.INFO, "no VXLAN devices on this host: {0}", whyNot);
      return this;
    }
    return byDevices();
  }

  private Datapath byDevices() {
    return new Datapath(Way.DEVICES, kernel, esp, mtuBytes, reason, null);
  }

  /**
   * What status says, as the mesh is now.
   *
   * @param userVxlan null when it does not carry fastdp
   */
  String describe(@Nullable UserVxlanOverlay userVxlan) {
    return switch (way) {
      case EBPF -> "kernel (VXLAN by eBPF%s)".formatted(encryption(esp));
      case DEVICES -> describeDevices(userVxlan);
      case USER -> byRouter(reason);
      case NONE -> "user space (%s)".formatted(reason);
    };
  }

  private String describeDevices(@Nullable UserVxlanOverlay userVxlan) {
    if (userVxlan == null) {
      return byRouter(reason);
    }
    return userVxlan.isInKernel()
        ? "kernel (a VXLAN device for each peer: %s)".formatted(reason)
        : byRouter("%s; no devices, as %s".formatted(reason, userVxlan.whyNotInKernel()));
  }

  private String byRouter(String why) {
    return "user space (VXLAN by the router%s: %s)".formatted(encryption(esp), why);
  }

  private static int mtu(Netlink netlink, RouterOptions options, EspSupport esp)
      throws IOException {
    return options.mtu() == 0 ? automaticMtu(netlink, esp) : options.mtu();
  }

  private static String encryption(EspSupport esp) {
    return esp.isUsable() ? ", encrypted by ESP" : "";
  }

  /** Words that stay the same from start to start; the whole text is in the log. */
  private static String shortReason(IOException failure) {
    int errno = failure instanceof LinuxException linux ? linux.errno() : 0;
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES -> "is not permitted";
      case 0 -> "cannot be set up";
      default -> "cannot be set up: " + Errno.text(errno);
    };
  }

  /** What Weave Net has everywhere, unless the network below this host carries less. */
  private static int automaticMtu(Netlink netlink, EspSupport esp) throws IOException {
    int overhead = OVERHEAD_BYTES + (esp.isUsable() ? ESP_BYTES : 0);
    OptionalInt underlay = UnderlayMtu.ofDefaultRoute(netlink);
    if (underlay.isEmpty() || underlay.getAsInt() >= FAST_MTU_BYTES + overhead) {
      return FAST_MTU_BYTES;
    }
    int mtu = Math.max(LEAST_MTU_BYTES, underlay.getAsInt() - overhead);
    mtu -= esp.isUsable() ? mtu % ESP_ALIGNMENT : 0;
    LOGGER.log(Level.INFO, "the network below carries {0} bytes: MTU {1}", underlay, mtu);
    return mtu;
  }

  /**
   * Why fastdp would only be in the way, or null. By eBPF it takes the place of the port that
   * carries super-frames, so it must be able to carry something itself.
   */
  static @Nullable Refusal reasonAgainst(RouterOptions options, EspSupport esp) {
    boolean forced = options.fastdpBy() != RouterOptions.FastdpBy.AUTO;
    if (options.capture() == RouterOptions.Capture.TAP) {
      return Refusal.CAPTURE_TAP;
    }
    boolean alone = options.overlays().size() == 1;
    boolean encryptsAll = options.password() != null && options.trustedSubnets().isEmpty();
    return encryptsAll && !esp.isUsable() && !alone && !forced ? Refusal.NO_ESP : null;
  }

  private static Datapath user(
      Netlink netlink, RouterOptions options, PeerName name, EspSupport esp, String reason)
      throws IOException {
    KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
    int mtu = Math.min(mtu(netlink, options, esp), USER_MTU_MAX_BYTES);
    Bridge.ensure(netlink, options.bridge(), name, mtu);
    return new Datapath(Way.USER, null, esp, mtu, reason, null);
  }

  private static Datapath none(
      Netlink netlink, RouterOptions options, PeerName name, Refusal refusal) throws IOException {
    KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
    int mtu = options.mtu() == 0 ? Bridge.DEFAULT_MTU_BYTES : options.mtu();
    if (options.capture() != RouterOptions.Capture.PCAP) {
      // What a container may send and the TAP interface does not take, the bridge drops unsaid.
      mtu = Math.min(mtu, TapDevice.MTU_MAX);
    }
    Bridge.ensure(netlink, options.bridge(), name, mtu);
    String reason = (refusal == Refusal.SWITCHED_OFF ? "" : "no fastdp: ") + refusal.text;
    return new Datapath(Way.NONE, null, EspSupport.unused(), mtu, reason, refusal);
  }
}
