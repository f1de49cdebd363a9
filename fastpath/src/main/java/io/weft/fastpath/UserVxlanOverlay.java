package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.sleeve.ConductorEvents;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.ReceiveLoop;
import io.weft.sleeve.ThreadEnd;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The overlay {@code fastdp} where the kernel forwards nothing by itself (overlay.md F.1.6): the
 * router wraps and unwraps frames, on the wire as any other.
 *
 * <pre>
 *  lanes ──forward──▶ wrap ─▶ sendmmsg, UDP_SEGMENT ──▶ a socket a neighbour, DF ─▶ UDP
 *  router ◀─received── unwrap ◀─ recvmmsg, UDP_GRO ◀── a socket for each VXLAN port
 * </pre>
 *
 * <p>Everything but {@link #counters}, {@link #close} and what {@link Forwarder} says of lanes runs
 * on the conductor thread.
 */
public final class UserVxlanOverlay implements Overlay, Timed, AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(UserVxlanOverlay.class.getName());

  /** In the place of a peer's name when only the connection is known. */
  private static final long ANY_PEER = 0;

  /** What two routers do better by, as measured: docs/performance.md. */
  private static final String BETTER = "sleeve2";

  private final Ipv4Address bindAddress;
  private final int ownPort;
  private final boolean givesWay;
  private final EspSupport esp;
  private final EventTime time;
  private final NetworkMtu network = new NetworkMtu();
  private final @Nullable PeerDevices devices;
  private final Runnable onMove;
  private final VxlanForwarder.Settings settings;
  private final BridgeWidth width;
  private final ConductorEvents conductor;
  private final LaneCounters<UserVxlanCounter> counters =
      new LaneCounters<>(UserVxlanCounter.class);

  // Each slot belongs to its lane's thread.
  private final @Nullable UserVxlanLane[] lanes = new @Nullable UserVxlanLane[Lanes.COUNT];
  private final Map<Long, UserVxlanForwarder> confirmed = new HashMap<>();
  private final Map<PeerName, UserVxlanForwarder> byPeer = new HashMap<>();
  private SortedMap<Integer, PeerName> peers = new TreeMap<>();
  private volatile ShortIdTable shortIds =
      new ShortIdTable(Collections.unmodifiableSortedMap(peers));
  private volatile UserVxlanSources sources = new UserVxlanSources(List.of());
  private @Nullable ReceiveLoop loop;
  private @Nullable VxlanListeners listeners;
  private @Nullable DeviceMode deviceMode;
  private @Nullable Thread thread;

  /**
   * An overlay that is not open yet.
   *
   * @param bindAddress of the mesh
   * @param meshPort of this router
   * @param mtu of the bridge in bytes
   * @param givesWay whether {@code sleeve2} is preferred toward peers that say the same
   * @param onMtu told what the bridge may have; null when it is not to be changed
   * @param esp what encrypts; closed by {@link #end}
   * @param devices what the kernel may carry by while every peer is a neighbour by fastdp, closed
   *     by {@link #end}; null when the router carries always
   * @param conductor as {@code SleeveOverlay}'s: runs a task on the conductor thread, or returns
   *     false when its queue is full
   * @param onMove called when a neighbour has another address, so that {@link #sync} is due
   */
  public UserVxlanOverlay(
      Ipv4Address bindAddress,
      int meshPort,
      int mtu,
      boolean givesWay,
      @Nullable IntConsumer onMtu,
      EspSupport esp,
      @Nullable PeerDevices devices,
      EventTime time,
      Predicate<Runnable> conductor,
      Runnable onMove) {
    this.bindAddress = bindAddress;
    ownPort = meshPort + FastdpProtocol.PORT_OFFSET;
    this.givesWay = givesWay;
    this.esp = esp;
    this.time = time;
    this.devices = devices;
    this.onMove = onMove;
    width = new BridgeWidth(mtu, onMtu, this::way, time);
    settings = new VxlanForwarder.Settings(mtu, onMtu != null, esp, network, time);
    this.conductor =
        new ConductorEvents(
            conductor, lane -> counters.increment(lane, UserVxlanCounter.DROPPED_QUEUE_FULL));
  }

  /**
   * Binds this router's own port in the network namespace of the calling thread and starts
   * receiving.
   *
   * @param sink takes the frames that arrive
   * @param onFault told once, on the receive thread, when that ends without {@link #close}
   * @throws LinuxException when the port cannot be bound
   */
  public void start(FrameSink sink, Consumer<String> onFault) throws LinuxException {
    UserVxlanReceiver receiver =
        new UserVxlanReceiver(() -> shortIds, () -> sources, this::handOver, sink, counters);
    ReceiveLoop fresh = new ReceiveLoop(receiver, onFault);
    VxlanListeners fromHere = new VxlanListeners(bindAddress, fresh);
    loop = fresh;
    listeners = fromHere;
    try {
      fromHere.acquire(ownPort);
    } catch (LinuxException e) {
      fresh.close();
      throw e;
    }
    Thread receiving = new Thread(fresh, "vxlan-receive");
    receiving.setDaemon(true);
    thread = receiving;
    receiving.start();
    if (devices != null) {
      deviceMode = new DeviceMode(devices, fromHere, time, this::handOver, onFault);
    }
  }

  @Override
  public String name() {
    return "fastdp";
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put(FastdpFeature.KEY, new FastdpFeature(settings.isAutomatic(), givesWay).value());
  }

  /**
   * Two routers that carry both do better by Weft's own overlay of user space, but not than a
   * kernel. Its answer changes with {@link #isInKernel}.
   */
  @Override
  public boolean givesWay(String other, RemoteFeatures features) {
    return givesWay
        && !isInKernel()
        && other.equals(BETTER)
        && FastdpFeature.parse(features.all().get(FastdpFeature.KEY)).givesWay();
  }

  @Override
  public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events)
      throws OverlayException {
    if (parameters.features().shortId() == null) {
      throw new OverlayException("fastdp-peer-has-no-short-id");
    }
    Ipv4Address local = VxlanForwarder.ipv4(parameters.local());
    Ipv4Address remote = VxlanForwarder.ipv4(parameters.remote());
    // By specification the port is that of the accepting side (overlay.md C.2).
    int port =
        parameters.outbound()
            ? parameters.remote().getPort() + FastdpProtocol.PORT_OFFSET
            : ownPort;
    try {
      listeners().acquire(port);
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "fastdp toward {0}: {1}", parameters.remotePeer(), e.getMessage());
      throw new OverlayException("fastdp-port-not-free");
    }
    try {
      return new UserVxlanForwarder(this, parameters, local, remote, port, events);
    } catch (OverlayException e) {
      listeners().release(port);
      throw e;
    }
  }

  /**
   * Brings what is known of the mesh to a new state.
   *
   * @param peersByShortId all peers that have one, ourselves included
   * @param forwarders for each neighbour its overlays, the one that carries first
   */
  public void sync(
      SortedMap<Integer, PeerName> peersByShortId,
      Routes routes,
      Map<PeerName, List<Forwarder>> forwarders) {
    if (!peersByShortId.equals(peers)) {
      peers = new TreeMap<>(peersByShortId);
      shortIds = new ShortIdTable(peers);
    }
    width.update(routes);
    if (deviceMode != null) {
      deviceMode.sync(shortIds, routes, forwarders);
    }
  }

  /** Whether the kernel carries all frames now, by a VXLAN device for each peer. */
  public boolean isInKernel() {
    return deviceMode != null && deviceMode.isInKernel();
  }

  /** Why it does not; empty when it does, or never will. */
  public String whyNotInKernel() {
    return deviceMode == null ? "" : deviceMode.whyNot();
  }

  /**
   * Who has an address, as the bridge has learnt while {@link #isInKernel}.
   *
   * @param peer a neighbour; null for this host
   * @param ageMillis since a frame came from it
   */
  public record Owner(@Nullable PeerName peer, long ageMillis) {}

  /** Who has an address; empty when nobody knows, or the bridge is not the one to ask. */
  public Optional<Owner> find(long mac) {
    return deviceMode == null || !deviceMode.isInKernel() ? Optional.empty() : deviceMode.find(mac);
  }

  @Override
  public long nextDeadlineNanos() {
    long next = width.nextDeadlineNanos();
    return deviceMode == null ? next : Math.min(next, deviceMode.nextDeadlineNanos());
  }

  @Override
  public void onTime() {
    width.onTime();
    if (deviceMode != null) {
      deviceMode.onTime();
    }
  }

  @Override
  public SortedMap<String, Object> diagnostics() {
    SortedMap<String, Object> all = new TreeMap<>();
    all.put("datapath", isInKernel() ? "a VXLAN device for each peer" : "VXLAN in user space");
    for (UserVxlanCounter counter : UserVxlanCounter.values()) {
      all.put("vxlan_" + counter.name().toLowerCase(Locale.ROOT), counters.get(counter));
    }
    return all;
  }

  /** Totals over all connections; readable on any thread. */
  public LaneCounters<UserVxlanCounter> counters() {
    return counters;
  }

  /**
   * The mesh has ended: forwarders stop, devices go, the ports are given up, and nothing begins any
   * more, whatever comes. Once.
   */
  public void end() {
    List.copyOf(confirmed.values()).forEach(UserVxlanForwarder::stop);
    if (deviceMode != null) {
      deviceMode.close();
    } else if (devices != null) {
      devices.close();
    }
    if (listeners != null) {
      listeners.suspend();
    }
    esp.close();
    network.close();
  }

  /** Ends the thread; on any other, after {@link #end}. */
  @Override
  public void close() {
    ReceiveLoop stopped = loop;
    Thread receiving = thread;
    if (stopped == null || receiving == null) {
      return;
    }
    stopped.stop();
    if (ThreadEnd.await(List.of(receiving))) {
      stopped.close();
    }
  }

  private VxlanListeners listeners() {
    VxlanListeners present = listeners;
    if (present == null) {
      throw new IllegalStateException("VXLAN in user space has not been started");
    }
    return present;
  }

  /** On the receive thread. */
  private void handOver(KernelEvent.Heartbeat heartbeat, long sourcePeer) {
    conductor.offer(Lanes.FASTPATH, () -> onHeartbeat(heartbeat, sourcePeer));
  }

  /** On the thread that reads heartbeats while devices carry; that of the lane rests meanwhile. */
  private void handOver(List<KernelEvent> events) {
    UserVxlanSources neighbours = sources;
    for (KernelEvent event : events) {
      if (!(event instanceof KernelEvent.Heartbeat heartbeat)) {
        continue;
      }
      counters.increment(Lanes.FASTPATH, UserVxlanCounter.HEARTBEATS_RECEIVED);
      if (!neighbours.has(heartbeat.connectionUid())) {
        counters.increment(Lanes.FASTPATH, UserVxlanCounter.HEARTBEATS_IGNORED);
      } else {
        conductor.offer(Lanes.FASTPATH, () -> onHeartbeat(heartbeat, ANY_PEER));
      }
    }
  }

  private void onHeartbeat(KernelEvent.Heartbeat heartbeat, long sourcePeer) {
    UserVxlanForwarder forwarder = confirmed.get(heartbeat.connectionUid());
    boolean its =
        forwarder != null && (sourcePeer == ANY_PEER || sourcePeer == forwarder.remotePeer());
    if (forwarder == null || !its || !heartbeat.isWhole()) {
      counters.increment(Lanes.CONDUCTOR, UserVxlanCounter.HEARTBEATS_IGNORED);
    } else {
      forwarder.onHeartbeat(heartbeat);
    }
  }

  // For forwarders, on the conductor thread.

  VxlanForwarder.Settings settings() {
    return settings;
  }

  void register(UserVxlanForwarder forwarder) {
    confirmed.put(forwarder.connectionUid(), forwarder);
    byPeer.put(forwarder.parameters().remotePeer(), forwarder);
    changed();
  }

  void unregister(UserVxlanForwarder forwarder) {
    listeners().release(forwarder.vxlanPort());
    confirmed.remove(forwarder.connectionUid(), forwarder);
    byPeer.remove(forwarder.parameters().remotePeer(), forwarder);
    changed();
  }

  /** A neighbour has another address or width, or may carry frames now, or none any more. */
  void changed() {
    sources = new UserVxlanSources(confirmed.values());
    width.update();
    onMove.run();
  }

  /** What passes to a peer, in bytes, also where another overlay is preferred. */
  private int way(PeerName peer) {
    UserVxlanForwarder forwarder = byPeer.get(peer);
    return forwarder == null ? settings.mtu() : forwarder.mtu();
  }

  void addKernelTraffic(UserVxlanForwarder forwarder, long[] traffic) {
    if (deviceMode != null) {
      deviceMode.addTraffic(forwarder, traffic);
    }
  }

  // For forwarders, on any lane.

  ShortIdTable shortIds() {
    return shortIds;
  }

  UserVxlanLane lane(int lane) {
    UserVxlanLane there = lanes[lane];
    if (there == null) {
      there = new UserVxlanLane(lane, counters);
      lanes[lane] = there;
    }
    return there;
  }
}
