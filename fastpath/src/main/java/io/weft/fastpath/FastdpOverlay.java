package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.topology.Routes;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.LaneCounters;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The kernel overlay (overlay.md C, F.1): frames pass between the bridge and VXLAN in the kernel,
 * and the router only keeps the tables that they go by. Conductor thread, but for {@link #counters}
 * and what {@link Forwarder} says of lanes.
 */
public final class FastdpOverlay implements Overlay, Timed, AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(FastdpOverlay.class.getName());

  private final KernelPath path;
  private final int ownPort;
  private final int mtu;
  private final BridgeWidth width;
  private final EventTime time;
  private final NetworkMtu network = new NetworkMtu();
  private final Predicate<Runnable> conductor;
  private final KernelListener listener;
  private final EspSupport esp;
  private final VxlanForwarder.Settings settings;
  private final ForwardingState state;
  private final LaneCounters<LaneCounter> counters = new LaneCounters<>(LaneCounter.class);

  // Each slot belongs to its lane's thread.
  private final @Nullable ByteBuffer[] datagrams = new @Nullable ByteBuffer[Lanes.COUNT];
  private final Map<Long, FastdpForwarder> confirmed = new HashMap<>();
  private final Map<PeerName, FastdpForwarder> byPeer = new HashMap<>();
  private volatile ShortIdTable shortIds =
      new ShortIdTable(Collections.unmodifiableSortedMap(new TreeMap<>()));
  private SortedMap<Integer, PeerName> peers = new TreeMap<>();
  private @Nullable ForwardingInput last;
  private @Nullable FastdpThreads threads;
  private final RetiringSockets retiring = new RetiringSockets();
  private boolean frozen;

  /**
   * An overlay over devices that are there.
   *
   * @param meshPort of this router
   * @param mtu of the bridge in bytes
   * @param automatic whether the bridge may become wider, as {@link KernelListener#carries} says
   * @param esp what encrypts; closed with the overlay
   * @param conductor as {@code SleeveOverlay}'s: runs a task on the conductor thread, or returns
   *     false when its queue is full
   */
  public FastdpOverlay(
      KernelPath path,
      int meshPort,
      int mtu,
      boolean automatic,
      EspSupport esp,
      EventTime time,
      Predicate<Runnable> conductor,
      KernelListener listener)
      throws IOException {
    this.path = path;
    this.ownPort = meshPort + FastdpProtocol.PORT_OFFSET;
    this.mtu = mtu;
    this.esp = esp;
    this.time = time;
    settings = new VxlanForwarder.Settings(mtu, automatic, esp, network, time);
    this.conductor = conductor;
    this.listener = listener;
    width = new BridgeWidth(mtu, automatic ? listener::carries : null, this::way, time);
    state = new ForwardingState(path.tables());
    if (path.isAdopted()) {
      path.tables().adopt(state, time.nanos());
    }
    XfrmKernel.clear(address -> state.cutOff(address.value()));
  }

  /** Our short id before this start, if the kernel still forwards by it: best kept. */
  public OptionalInt shortIdInUse() throws LinuxException {
    return path.tables().activeShortId();
  }

  /**
   * Starts the threads that read what the kernel hands over.
   *
   * @param besideBridge whether frames may pass beside the bridge now; asked on one of them
   * @param onFault told, on one of them, when it ends without {@link #close}
   */
  public void start(FrameSink sink, BooleanSupplier besideBridge, Consumer<String> onFault)
      throws LinuxException {
    threads =
        FastdpThreads.start(
            path,
            events -> handOver(Lanes.FASTPATH, events),
            this::shortIds,
            sink,
            counters,
            besideBridge,
            onFault);
  }

  @Override
  public String name() {
    return "fastdp";
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put(FastdpFeature.KEY, new FastdpFeature(settings.isAutomatic(), false).value());
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
      int linkIndex = path.openPort(port);
      return new FastdpForwarder(this, parameters, local, remote, port, linkIndex, events);
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "fastdp toward {0}: {1}", parameters.remotePeer(), e.getMessage());
      throw new OverlayException("fastdp-no-device");
    }
  }

  /**
   * Brings the kernel's tables to a new state of the mesh.
   *
   * @param peersByShortId all peers that have a short id, ourselves included
   * @param forwarders as {@code OverlaySwitch} has them: the first of each neighbour carries
   */
  public void sync(
      SortedMap<Integer, PeerName> peersByShortId,
      Routes routes,
      Map<PeerName, List<Forwarder>> forwarders) {
    if (frozen) {
      return;
    }
    if (!peersByShortId.equals(peers)) {
      KernelMacs.forgetOwners(path.tables(), peers, peersByShortId);
      peers = new TreeMap<>(peersByShortId);
      shortIds = new ShortIdTable(peers);
    }
    Map<PeerName, ForwardingInput.Neighbour> neighbours = new HashMap<>();
    forwarders.forEach((peer, order) -> neighbours.put(peer, neighbour(peer, order)));
    last = new ForwardingInput(peers, routes, neighbours);
    state.update(last, time.nanos());
    // Only then may containers send what is wider.
    width.update(routes);
    int self = shortIds.shortId(routes.self().value());
    if (self != ShortIdTable.NONE) {
      path.tables().putConfig(self, path.portIndex(), path.puntIndex(), true);
    }
  }

  /** What passes to a peer, in bytes; another overlay that carries has no width of its own. */
  private int way(PeerName peer) {
    FastdpForwarder direct = byPeer.get(peer);
    ForwardingInput.Neighbour neighbour = last == null ? null : last.neighbours().get(peer);
    boolean carries = neighbour != null && neighbour.best().isVxlan();
    return direct != null && carries ? direct.mtu() : mtu;
  }

  private ForwardingInput.Neighbour neighbour(PeerName peer, List<Forwarder> order) {
    FastdpForwarder fastdp = byPeer.get(peer);
    if (fastdp == null) {
      return new ForwardingInput.Neighbour(Hop.PUNT, 0, false, false);
    }
    boolean carries = !order.isEmpty() && order.getFirst().equals(fastdp);
    Hop best = carries && fastdp.mayCarry() ? fastdp.hop() : Hop.PUNT;
    int address = fastdp.mayCarry() ? fastdp.hop().remote() : 0;
    return new ForwardingInput.Neighbour(best, address, fastdp.isUndecided(), fastdp.mayBeWider());
  }

  /** An address was seen by another overlay, behind a peer. */
  public void learned(long mac, PeerName owner) {
    int shortId = shortIds.shortId(owner.value());
    int place = shortId == ShortIdTable.NONE ? Layout.OWNER_OUTSIDE : shortId;
    if (!frozen) {
      path.tables().putMac(mac, place, time.nanos());
    }
  }

  /** All addresses that the kernel knows. */
  public List<KernelMac> macs() {
    List<KernelMac> macs = new ArrayList<>();
    for (BpfTables.MacRecord mac : path.tables().macsOrNone()) {
      macs.add(new KernelMac(mac.mac(), owner(mac.owner()), mac.seenNanos()));
    }
    return macs;
  }

  /**
   * What the kernel does with a frame by its entries of this moment.
   *
   * @param source the peer that captured it
   * @param mac its destination
   * @param last the peer it is for; null where it was captured
   * @param before the neighbour whose kernel sends it here; null where it was captured
   * @return empty when it cannot have come by VXLAN
   * @throws LinuxException when the kernel does not answer
   */
  public Optional<KernelLook> look(
      PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before)
      throws LinuxException {
    FastdpForwarder from = before == null ? null : byPeer.get(before);
    KernelLooks looks = new KernelLooks(path.tables());
    return last == null || from == null
        ? Optional.of(looks.captured(mac))
        : looks.arrived(shortIds, source, last, new Ipv4Address(from.remote()));
  }

  /** Forgets addresses that nobody has seen for ten minutes, and those of peers that are gone. */
  public void expireMacs() {
    if (!frozen) {
      KernelMacs.expire(path.tables(), state, time.nanos());
    }
  }

  @Override
  public long nextDeadlineNanos() {
    if (frozen) {
      return NEVER;
    }
    long own = Math.min(state.nextDeadlineNanos(), width.nextDeadlineNanos());
    return Math.min(own, retiring.nextDeadlineNanos());
  }

  @Override
  public void onTime() {
    retiring.closeDue(time.nanos());
    ForwardingInput input = last;
    width.onTime();
    if (input != null && !frozen && state.nextDeadlineNanos() - time.nanos() <= 0) {
      state.update(input, time.nanos());
    }
  }

  /** From now on the kernel goes by what it has, whatever becomes of the mesh: we are leaving. */
  public void freeze() {
    frozen = true;
  }

  @Override
  public SortedMap<String, Object> diagnostics() {
    return FastdpDiagnostics.of(path.tables(), counters, peers);
  }

  /** The router's own totals; any thread. */
  public LaneCounters<LaneCounter> counters() {
    return counters;
  }

  /** Ends the threads; the kernel goes on. */
  @Override
  public void close() {
    frozen = true;
    esp.close();
    network.close();
    FastdpThreads stopped = threads;
    if (stopped == null || stopped.stop()) {
      path.close();
    }
  }

  // For forwarders, on the conductor thread.

  /** As {@link BpfTables#trafficOrZeros}. */
  long[] traffic(PeerName neighbour) {
    return path.tables().trafficOrZeros(shortIds.shortId(neighbour.value()));
  }

  EventTime time() {
    return time;
  }

  VxlanForwarder.Settings settings() {
    return settings;
  }

  /** The kernel sends nothing more to an address and takes nothing from it, at once. */
  void cutOff(int address) {
    state.cutOff(address);
  }

  void register(FastdpForwarder forwarder) {
    confirmed.put(forwarder.connectionUid(), forwarder);
    byPeer.put(forwarder.remotePeer(), forwarder);
  }

  void unregister(FastdpForwarder forwarder) {
    confirmed.remove(forwarder.connectionUid(), forwarder);
    byPeer.remove(forwarder.remotePeer(), forwarder);
  }

  /** Closes a forwarder's sockets when no lane can have a table any more that names it. */
  void closeLater(@Nullable UdpSocket[] sockets) {
    retiring.add(sockets, time.nanos());
  }

  void changed() {
    listener.changed();
  }

  /** Begins to read heartbeats from a raw socket, too, for good. */
  void readRawHeartbeats() {
    FastdpThreads running = threads;
    if (running != null) {
      // Two threads must not count in one row, and nobody else here counts in that of this lane.
      running.readRawHeartbeats(events -> handOver(Lanes.RECEIVE, events));
    }
  }

  // For forwarders, on any lane.

  ShortIdTable shortIds() {
    return shortIds;
  }

  ByteBuffer datagram(int lane) {
    ByteBuffer datagram = datagrams[lane];
    if (datagram == null) {
      datagram = ByteBuffer.allocateDirect(FrameBatch.MAX_FRAME_BYTES + FastdpProtocol.VXLAN_BYTES);
      datagrams[lane] = datagram;
    }
    return datagram;
  }

  /** On a thread that counts on {@code lane}. */
  private void handOver(int lane, List<KernelEvent> events) {
    if (!conductor.test(() -> events.forEach(this::onEvent))) {
      counters.increment(lane, LaneCounter.REPORTS_DROPPED);
    }
  }

  private void onEvent(KernelEvent event) {
    switch (event) {
      case KernelEvent.Heartbeat heartbeat -> {
        FastdpForwarder forwarder = confirmed.get(heartbeat.connectionUid());
        if (forwarder == null || !heartbeat.isWhole()) {
          counters.increment(Lanes.CONDUCTOR, LaneCounter.HEARTBEATS_IGNORED);
        } else {
          forwarder.onHeartbeat(heartbeat);
        }
      }
      case KernelEvent.Learned learned -> {
        PeerName owner = owner(learned.owner());
        if (owner != null) {
          listener.learnedByKernel(learned.mac(), owner);
        }
      }
    }
  }

  private @Nullable PeerName owner(int owner) {
    ForwardingInput input = last;
    if (owner == Layout.OWNER_LOCAL) {
      return input == null ? null : input.routes().self();
    }
    return peers.get(owner);
  }
}
