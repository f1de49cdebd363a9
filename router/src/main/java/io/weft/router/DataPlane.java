package io.weft.router;

import io.weft.fastpath.BesideBridge;
import io.weft.fastpath.BesideCounter;
import io.weft.fastpath.KernelLook;
import io.weft.fastpath.PeerDevices;
import io.weft.fastpath.UserVxlanOverlay;
import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.topology.Routes;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.router.firewall.BridgedRules;
import io.weft.router.firewall.Firewall;
import io.weft.router.forwarding.ForwardingPlane;
import io.weft.router.forwarding.MacEntry;
import io.weft.router.forwarding.MacTable;
import io.weft.router.forwarding.OverlaySwitch;
import io.weft.router.host.Bridge;
import io.weft.router.metrics.Counters;
import io.weft.router.metrics.OverlayTotals;
import io.weft.router.options.RouterOptions;
import io.weft.sleeve.SleeveOverlay;
import io.weft.sleeve.VnetBridgePort;
import io.weft.sleeve.v2.Processor;
import io.weft.sleeve.v2.Sleeve2Overlay;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What carries frames: the overlays that this router offers, the table of addresses, and the path
 * of each frame between them and the bridge. Conductor thread.
 */
final class DataPlane {
  private static final System.Logger LOGGER = System.getLogger(DataPlane.class.getName());

  /** Our choice: how long a conductor that is busy is waited for. */
  private static final long END_SECONDS = 10;

  private final PeerName self;
  private final EventTime time;
  private final Conductor conductor;
  private final Workers workers;
  private final EncryptionRules encryptionRules;
  private final MacTable macTable;
  private final ForwardingPlane plane;
  private final SleeveOverlay sleeve;
  private final Sleeve2Overlay sleeve2;
  private final @Nullable KernelForwarding kernel;
  private final @Nullable UserVxlanOverlay userVxlan;
  private final Datapath datapath;
  private final BridgedRules bridgedRules;
  private final OverlaySwitch overlays;
  private volatile @Nullable BesideBridge beside;
  private boolean changed;
  private boolean devicesCarried;

  DataPlane(
      RouterOptions options,
      HostSetup host,
      EventTime time,
      Conductor conductor,
      Counters counters,
      SecureRandom random)
      throws IOException {
    self = host.name();
    this.time = time;
    this.conductor = conductor;
    workers = Workers.of(options);
    datapath = host.datapath();
    encryptionRules = new EncryptionRules(conductor);
    bridgedRules = new BridgedRules(options.onHost().bridgeFilter());
    macTable = new MacTable(time, host.name(), MacTable.MAX_ENTRIES, counters);
    plane =
        new ForwardingPlane(
            host.name(),
            workers.count(),
            macTable,
            counters,
            System::nanoTime,
            this::announceHints);
    InetSocketAddress sleeveAddress =
        new InetSocketAddress(InetAddress.ofLiteral(options.host()), options.port());
    sleeve = new SleeveOverlay(sleeveAddress, workers.count(), time, conductor::hint);
    sleeve2 = new Sleeve2Overlay(sleeve, time, conductor::hint, random, Processor.hasAes());
    kernel =
        KernelForwarding.of(
            host,
            options.port(),
            time,
            conductor::hint,
            encryptionRules,
            macTable,
            this::noteChange,
            changeMtu(options));
    userVxlan = userVxlan(options, time);
    Overlay fastdp = kernel == null ? userVxlan : kernel.overlay();
    List<Overlay> offered =
        Stream.<@Nullable Overlay>of(fastdp, sleeve2, sleeve)
            .filter(Objects::nonNull)
            .filter(overlay -> options.overlays().contains(overlay.name()))
            .toList();
    overlays = new OverlaySwitch(offered, notOffered(datapath), this::noteChange, counters);
  }

  private static Map<String, String> notOffered(Datapath datapath) {
    Datapath.Refusal refusal = datapath.refusal();
    return refusal == null ? Map.of() : Map.of(Datapath.OVERLAY, refusal.word());
  }

  /** Has the bridge follow what the network carries; null when its MTU was given. */
  private static @Nullable IntConsumer changeMtu(RouterOptions options) {
    return options.mtu() == 0 ? mtu -> Bridge.changeMtu(options.bridge(), mtu) : null;
  }

  private @Nullable UserVxlanOverlay userVxlan(RouterOptions options, EventTime time)
      throws IOException {
    boolean byDevices = datapath.way() == Datapath.Way.DEVICES;
    if (!byDevices && datapath.way() != Datapath.Way.USER) {
      return null;
    }
    datapath.esp().filterBy(encryptionRules);
    return new UserVxlanOverlay(
        Ipv4Address.parse(options.host()),
        options.port(),
        datapath.mtuBytes(),
        options.fastdpBy() == RouterOptions.FastdpBy.AUTO,
        changeMtu(options),
        datapath.esp(),
        byDevices ? PeerDevices.open(options.bridge(), Bridge.BRIDGE_PORT) : null,
        time,
        conductor::hint,
        this::noteChange);
  }

  /** Settles with a mesh that has not begun what the kernel goes by already. */
  void prepare(Mesh mesh) throws LinuxException {
    if (kernel != null) {
      kernel.keepShortId(mesh);
      plane.learnBy(kernel);
    }
  }

  /** Registers what has deadlines with the conductor, before that starts. */
  void addTimed() {
    conductor.addTimed(macTable);
    if (kernel != null) {
      conductor.addTimed(kernel.overlay());
    }
    if (userVxlan != null) {
      conductor.addTimed(userVxlan);
    }
    conductor.addTimed(overlays);
  }

  /**
   * Has frames that user space carries pass beside the bridge where that may be; before the
   * conductor starts.
   */
  void openBeside(BridgePort port, Teardown teardown) {
    if (kernel != null || !(port instanceof VnetBridgePort)) {
      return;
    }
    try {
      BesideBridge opened = BesideBridge.open(Bridge.BRIDGE_PORT, () -> !bridgedRules.needed());
      teardown.add(opened);
      macTable.follow(
          new MacTable.Follower() {
            @Override
            public void placed(long mac, boolean remote) {
              opened.placed(mac, remote);
            }

            @Override
            public void forgotten(long mac) {
              opened.forgotten(mac);
            }
          });
      beside = opened;
    } catch (IOException e) {
      LOGGER.log(Level.INFO, "every frame passes the bridge: {0}", e.getMessage());
    }
  }

  private long countedBeside(BesideCounter counter) {
    BesideBridge opened = beside;
    return opened == null ? 0 : opened.count(counter);
  }

  /** Opens the overlays' sockets, and has them closed after the mesh's. */
  void openOverlays(Teardown teardown, Consumer<String> onFatal) throws IOException {
    teardown.add(sleeve);
    sleeve2.start(plane);
    sleeve.start(plane, onFatal);
    if (kernel != null) {
      teardown.add(kernel.overlay());
      kernel.overlay().start(plane, () -> !bridgedRules.needed(), onFatal);
    }
    if (userVxlan != null) {
      teardown.add(userVxlan);
      // The conductor goes on, and its timers and hooks with it: what they touch ends there.
      Callable<Object> end = Executors.callable(userVxlan::end);
      teardown.add(() -> conductor.call(end).get(END_SECONDS, TimeUnit.SECONDS));
      userVxlan.start(plane, onFatal);
    }
  }

  /** Begins to capture. */
  void capture(BridgePort port, Consumer<String> onFatal) throws IOException {
    plane.attach(port);
    if (port instanceof VnetBridgePort tap && workers.together()) {
      sleeve.carry(tap);
    }
    port.start(plane, onFatal);
  }

  /** The packet filter is there, and can guard what is encrypted. */
  void filterBy(Firewall firewall) {
    encryptionRules.attach(firewall);
  }

  /** How many workers move frames. */
  int workers() {
    return workers.count();
  }

  OverlaySwitch overlays() {
    return overlays;
  }

  /** Whether the kernel carries frames to a neighbour, and takes them from it. */
  boolean isInKernel(PeerName neighbour) {
    boolean kernelCarries = kernel != null || (userVxlan != null && userVxlan.isInKernel());
    return kernelCarries && overlays.carriedBy(neighbour, Datapath.OVERLAY);
  }

  /** What carries fastdp, for status. */
  String describeDatapath() {
    return datapath.describe(userVxlan);
  }

  /**
   * What the kernel does with a frame, by its own tables; empty where the kernel has not got it, or
   * does not say. Arguments as of a trace.
   */
  Optional<KernelLook> look(
      PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before) {
    if (kernel == null || (before != null && !isInKernel(before))) {
      return Optional.empty();
    }
    return kernel.look(source, mac, last, before);
  }

  /** What is known of an address, by the bridge where that forwards; null for nothing. */
  @Nullable MacEntry find(long mac) {
    if (userVxlan == null || !userVxlan.isInKernel()) {
      return macTable.find(mac);
    }
    return userVxlan
        .find(mac)
        .map(owner -> {
          PeerName peer = owner.peer() == null ? self : owner.peer();
          long ageNanos = TimeUnit.MILLISECONDS.toNanos(owner.ageMillis());
          return new MacEntry(mac, peer.value(), time.nanos() - ageNanos);
        })
        .orElse(null);
  }

  MacTable macTable() {
    return macTable;
  }

  /** What the overlays have counted; any thread. */
  OverlayTotals totals() {
    return new OverlayTotals(sleeve.counters()::get, sleeve2.counters()::get, this::countedBeside);
  }

  /** Routes, short ids or the choice of an overlay have changed. */
  void noteChange() {
    changed = true;
  }

  /** The mesh ends, and the kernel is to go on by what it has. */
  void freeze() {
    if (kernel != null) {
      kernel.overlay().freeze();
    }
  }

  void forget(PeerName peer) {
    macTable.removePeer(peer);
  }

  /** After each batch of events: what has changed becomes visible to the lanes and the kernel. */
  void publish(Mesh mesh, Routes routes) {
    if (changed) {
      changed = false;
      // The kernel first: what it no longer carries comes here next.
      if (kernel != null) {
        kernel.sync(mesh, routes, overlays.forwarders());
      }
      if (userVxlan != null) {
        userVxlan.sync(KernelForwarding.peersByShortId(mesh), routes, overlays.forwarders());
      }
      forgetMacsOfBefore();
      plane.publish(routes, overlays.forwarders());
    } else {
      forgetMacsOfBefore();
      plane.publishMacs();
    }
  }

  /** While devices carry, addresses move unseen: what was learnt before or by chance is wrong. */
  private void forgetMacsOfBefore() {
    boolean devicesCarry = userVxlan != null && userVxlan.isInKernel();
    if (devicesCarry || devicesCarried) {
      macTable.clear();
    }
    if (devicesCarry != devicesCarried) {
      devicesCarried = devicesCarry;
      overlays.reconsider();
    }
  }

  private boolean announceHints() {
    return conductor.hint(plane::drainHints);
  }
}
