package io.weft.router;

import io.weft.gossip.overlay.BridgePort;
import io.weft.linux.Netlink;
import io.weft.router.host.Bridge;
import io.weft.router.options.RouterOptions;
import io.weft.sleeve.PcapBridgePort;
import io.weft.sleeve.VnetBridgePort;
import java.io.IOException;
import java.lang.System.Logger.Level;

/** Opens the router's port on the bridge by the way that the options and the kernel allow. */
final class CapturePort {
  private static final System.Logger LOGGER = System.getLogger(CapturePort.class.getName());

  private static final int ETHERNET_BYTES = 14;

  /** Of two VLAN tags. */
  private static final int TAG_BYTES = 8;

  private CapturePort() {}

  /**
   * Opens the port in the calling thread's network namespace; the bridge is there.
   *
   * @throws IOException when the way asked for is closed; the message says why
   */
  static BridgePort open(RouterOptions options, Datapath datapath) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      if (datapath.kernel() != null) {
        return openBesideKernel(netlink, options, datapath);
      }
      String reason =
          options.capture() == RouterOptions.Capture.PCAP ? null : VnetBridgePort.whyNot();
      return switch (options.capture()) {
        case PCAP -> openPcap(netlink, options, datapath);
        case TAP -> {
          if (reason != null) {
            throw new IOException("--capture tap: " + reason);
          }
          yield openTap(netlink, options);
        }
        case AUTO -> {
          if (reason != null) {
            LOGGER.log(Level.INFO, "no super-frames, capture is by pcap: {0}", reason);
          }
          yield reason == null ? openTap(netlink, options) : openPcap(netlink, options, datapath);
        }
      };
    }
  }

  /** The kernel's programs are on the port, which must stay when we are gone: no TAP interface. */
  private static BridgePort openBesideKernel(
      Netlink netlink, RouterOptions options, Datapath datapath) throws IOException {
    if (options.capture() == RouterOptions.Capture.PCAP) {
      return openPcap(netlink, options, datapath);
    }
    Bridge.ensureVethPair(netlink, options.bridge(), datapath.mtuBytes());
    Bridge.leaveOffloads();
    return VnetBridgePort.openSocket(
        Bridge.CAPTURE_PORT, options.captureMegabytes(), workers(options));
  }

  private static BridgePort openPcap(Netlink netlink, RouterOptions options, Datapath datapath)
      throws IOException {
    Bridge.ensureVethPair(netlink, options.bridge(), datapath.mtuBytes());
    return PcapBridgePort.open(
        Bridge.CAPTURE_PORT,
        options.captureMegabytes(),
        datapath.mtuBytes() + ETHERNET_BYTES + TAG_BYTES,
        workers(options));
  }

  private static BridgePort openTap(Netlink netlink, RouterOptions options) throws IOException {
    Bridge.removeVethPair(netlink);
    VnetBridgePort port = VnetBridgePort.openTap(Bridge.BRIDGE_PORT, workers(options));
    try {
      Bridge.attachTap(netlink, options.bridge(), options.mtu());
      return port;
    } catch (IOException e) {
      port.close();
      throw e;
    }
  }

  private static int workers(RouterOptions options) {
    return Workers.of(options).count();
  }
}
