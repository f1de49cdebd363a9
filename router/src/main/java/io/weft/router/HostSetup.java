package io.weft.router;

import io.weft.gossip.PeerName;
import io.weft.ipam.Cidr;
import io.weft.linux.Netlink;
import io.weft.router.host.AddressScan;
import io.weft.router.host.Bridge;
import io.weft.router.host.HostIdentity;
import io.weft.router.host.RangeCheck;
import io.weft.router.host.UnderlayMtu;
import io.weft.router.options.RouterOptions;
import io.weft.router.state.StateException;
import io.weft.router.state.StateFile;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What the router settles with its host before it speaks to anybody: its names, its bridge, and
 * whether its addresses are free.
 *
 * @param name our name, which is also the bridge's MAC
 * @param nickName what people call this host
 * @param datapath whether the kernel forwards
 */
record HostSetup(PeerName name, String nickName, Datapath datapath) {
  private static final System.Logger LOGGER = System.getLogger(HostSetup.class.getName());

  /** Prepares the host of the calling thread's network namespace. */
  static HostSetup prepare(RouterOptions options, StateFile stateFile, RandomGenerator random)
      throws IOException, RouterException {
    HostIdentity identity = identity(options);
    try (Netlink netlink = Netlink.open()) {
      checkRange(netlink, options);
      PeerName name =
          identity.choose(
              options.name(),
              Bridge.existingName(netlink, options.bridge()),
              stateFile.state().peerName(),
              random);
      if (!name.equals(stateFile.state().peerName())) {
        stateFile.save(stateFile.state().withPeerName(name));
      }
      Datapath datapath = Datapath.prepare(netlink, options, name);
      String nickName = options.nickname();
      return new HostSetup(name, nickName == null ? identity.hostName() : nickName, datapath);
    }
  }

  private static HostIdentity identity(RouterOptions options) {
    return new HostIdentity(options.onHost().files().root(), Path.of("/"));
  }

  /** The name this router would have; changes nothing. */
  static PeerName nameOnly(RouterOptions options) throws RouterException {
    try (Netlink netlink = Netlink.open()) {
      return identity(options)
          .choose(
              options.name(),
              Bridge.existingName(netlink, options.bridge()),
              StateFile.peek(options.statePrefix()).peerName(),
              new SecureRandom());
    } catch (IOException | StateException e) {
      throw new RouterException(e);
    }
  }

  /**
   * What the search for addresses in use has found.
   *
   * @param isComplete whether every interface on the bridge could be looked at
   */
  record InUse(List<AddressScan.Found> addresses, boolean isComplete) {
    InUse {
      addresses = List.copyOf(addresses);
    }
  }

  /** The bridge may have been wider before this start, and will be again. */
  private int largestKept(Netlink netlink, RouterOptions options) throws IOException {
    boolean automatic = options.mtu() == 0 && datapath.way() != Datapath.Way.NONE;
    return automatic
        ? Math.max(datapath.mtuBytes(), UnderlayMtu.widest(netlink, options.bridge()))
        : datapath.mtuBytes();
  }

  /**
   * Addresses that containers of this host and the bridge itself have, whatever the state file
   * says; none without address allocation.
   */
  InUse addressesInUse(RouterOptions options) throws IOException {
    try (Netlink netlink = Netlink.open()) {
      int mtuBytes = largestKept(netlink, options);
      AddressScan.Result result =
          AddressScan.scan(netlink, options.bridge(), options.onHost().files(), mtuBytes);
      if (result.lowered() > 0) {
        LOGGER.log(
            Level.WARNING,
            "attached interfaces that had a larger MTU than the bridge and now have {0}: {1}",
            Integer.toString(mtuBytes),
            result.lowered());
      }
      if (options.range() == null) {
        return new InUse(List.of(), true);
      }
      boolean complete = result.missing() == 0;
      LOGGER.log(
          complete ? Level.INFO : Level.WARNING,
          "addresses found in use on this host: {0}; attached interfaces whose namespace was not"
              + " found: {1}; namespaces that could not be read: {2}",
          result.addresses().size(),
          result.missing(),
          result.unreadable());
      return new InUse(result.addresses(), complete);
    }
  }

  private static void checkRange(Netlink netlink, RouterOptions options)
      throws IOException, RouterException {
    Cidr range = options.range();
    if (range == null) {
      return;
    }
    Optional<String> overlap = RangeCheck.overlap(netlink, range, options.bridge());
    if (overlap.isPresent() && !options.rangeGiven()) {
      throw new RouterException(
          ("Default --ipalloc-range %s overlaps with existing route %s on host. You must pick"
                  + " another range and set it on all hosts.")
              .formatted(range, overlap.get()));
    }
    overlap.ifPresent(route ->
        LOGGER.log(
            Level.WARNING,
            "Specified --ipalloc-range {0} overlaps with existing route {1} on host. Unless"
                + " this is deliberate, you must pick another range and set it on all hosts.",
            range,
            route));
  }
}
