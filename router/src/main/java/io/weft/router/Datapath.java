package io.weft.router;

import io.weft.fastpath.EspSupport;
import io.weft.fastpath.KernelPath;
import io.weft.gossip.PeerName;
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
 * Whether the kernel of this host forwards frames, found out by having it begin.
 *
 * @param kernel the kernel's part; null when only user space forwards
 * @param esp what encrypts on the kernel's path
 * @param mtuBytes of the bridge
 * @param description for status: what is used, or why it is not
 */
record Datapath(@Nullable KernelPath kernel, EspSupport esp, int mtuBytes, String description) {
  /** The overlay that the kernel's part serves. */
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

  /** Makes the bridge and its port, and sets the kernel up behind the port if it can. */
  static Datapath prepare(Netlink netlink, RouterOptions options, PeerName name)
      throws IOException {
    int given = options.mtu();
    if (!options.overlays().contains(OVERLAY)) {
      KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
      return slow(netlink, options, name, "user space (fastdp is switched off)");
    }
    EspSupport esp = options.password() == null ? EspSupport.unused() : EspSupport.probe();
    String refusal = reasonAgainst(options, esp);
    if (refusal != null) {
      KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
      return slow(netlink, options, name, "user space (" + refusal + ")");
    }
    int mtu = given == 0 ? automaticMtu(netlink, esp) : given;
    Bridge.ensure(netlink, options.bridge(), name, mtu);
    Bridge.ensureVethPair(netlink, options.bridge(), mtu);
    try {
      KernelPath kernel = KernelPath.open(Bridge.BRIDGE_PORT, options.port() + 1);
      String encryption = esp.isUsable() ? ", encrypted by ESP" : "";
      return new Datapath(kernel, esp, mtu, "kernel (VXLAN by eBPF" + encryption + ")");
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "no fastdp on this host: {0}", e.getMessage());
      KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
      return slow(netlink, options, name, "user space (no fastdp: " + e.getMessage() + ")");
    }
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
   * Why the kernel's overlay would only be in the way, or null. It takes the place of the port that
   * carries super-frames, so it must be able to carry something itself.
   */
  private static @Nullable String reasonAgainst(RouterOptions options, EspSupport esp) {
    if (options.capture() == RouterOptions.Capture.TAP) {
      return "no fastdp with --capture tap";
    }
    boolean alone = options.overlays().size() == 1;
    boolean encryptsAll = options.password() != null && options.trustedSubnets().isEmpty();
    return encryptsAll && !esp.isUsable() && !alone
        ? "no fastdp: the kernel does not encrypt, " + esp.refusal()
        : null;
  }

  private static Datapath slow(
      Netlink netlink, RouterOptions options, PeerName name, String description)
      throws IOException {
    int mtu = options.mtu() == 0 ? Bridge.DEFAULT_MTU_BYTES : options.mtu();
    if (options.capture() != RouterOptions.Capture.PCAP) {
      // What a container may send and the TAP interface does not take, the bridge drops unsaid.
      mtu = Math.min(mtu, TapDevice.MTU_MAX);
    }
    Bridge.ensure(netlink, options.bridge(), name, mtu);
    return new Datapath(null, EspSupport.unused(), mtu, description);
  }
}
