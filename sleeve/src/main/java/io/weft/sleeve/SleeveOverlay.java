package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.LinuxException;
import io.weft.linux.UdpSocket;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The user-space overlay (overlay.md B): frames travel in UDP datagrams on the mesh port, sealed
 * when the connection has a session key.
 *
 * <pre>
 *  lanes ──forward──▶ gather ─▶ seal ─▶ sendmmsg ──▶ a socket a neighbour, DF     ─┐
 *                                        │                                         ├─▶ UDP
 *                                        └─────────▶ one shared socket, fragments ─┘
 *  router ◀──received── parse ◀─ replay ◀─ open ◀─ recvmmsg ◀── all of them
 * </pre>
 *
 * <p>{@link #start} opens the shared socket and starts the threads that own {@link Lanes#receive}.
 * Everything else but {@link #counters} and what {@link Forwarder} says of lanes runs on the
 * conductor thread.
 */
public final class SleeveOverlay implements Overlay, AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(SleeveOverlay.class.getName());

  private final SleeveCounters counters = new SleeveCounters();
  private final InetSocketAddress bindAddress;
  private final EventTime time;
  private final Predicate<Runnable> conductor;
  private final Map<Long, SleeveForwarder> confirmed = new LinkedHashMap<>();
  private final CipherLibrary ciphers;
  private final byte[][] openingScratch;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(SleeveProtocol.MAX_PAYLOAD_BYTES);
  private final Map<Sealing, LaneSender.Vectors> specialVectors = new EnumMap<>(Sealing.class);
  private final ByteBuffer heartbeat = ByteBuffer.allocateDirect(SleeveProtocol.HEARTBEAT_BYTES);
  private volatile ForwarderTable table = new ForwarderTable(List.of());
  private volatile @Nullable Running running;
  private DatagramHandler.@Nullable Factory sharing;

  /** What exists between {@link #start} and {@link #close}. */
  private record Running(
      ReceiveWorkers workers,
      PeerSocket shared,
      int port,
      boolean cutsRuns,
      @Nullable LaneScratch[] scratch,
      FrameSink sink) {}

  /**
   * An overlay that is not open yet.
   *
   * @param bindAddress IPv4 address and port of the mesh; the UDP port is the TCP port (overlay.md
   *     B.1)
   * @param time the conductor's event time
   * @param workers threads that receive, 1 to {@link Lanes#MAX_WORKERS}
   * @param conductor runs a task on the conductor thread, in order, with the event time set and
   *     timers looked at afterwards; returns false at once when its queue is full. Any thread
   */
  public SleeveOverlay(
      InetSocketAddress bindAddress, int workers, EventTime time, Predicate<Runnable> conductor) {
    this(bindAddress, workers, time, conductor, CipherLibrary.best());
  }

  SleeveOverlay(
      InetSocketAddress bindAddress,
      int workers,
      EventTime time,
      Predicate<Runnable> conductor,
      CipherLibrary ciphers) {
    Lanes.count(workers);
    openingScratch = new byte[workers][FrameBatch.MAX_FRAME_BYTES];
    this.ciphers = ciphers;
    this.bindAddress = bindAddress;
    this.time = time;
    this.conductor = conductor;
  }

  /**
   * Binds the shared socket in the network namespace of the calling thread and starts receiving.
   *
   * @param sink takes the frames that arrive; a message for a container (overlay.md B.11) is given
   *     to it from inside {@link Forwarder#forward}, on the caller's lane
   * @param onFault told once, on the receive thread, when that ends without {@link #close}: no
   *     frame will be received any more
   * @throws LinuxException when the address cannot be bound
   */
  public void start(FrameSink sink, Consumer<String> onFault) throws LinuxException {
    Endpoint local = Endpoint.of(bindAddress);
    if (local == null || running != null) {
      throw new IllegalStateException(
          "sleeve starts once, on an IPv4 address, and not on " + bindAddress);
    }
    @Nullable LaneScratch[] scratch = new @Nullable LaneScratch[Lanes.COUNT];
    DatagramHandler.Factory other = sharing;
    ReceiveWorkers workers =
        new ReceiveWorkers(
            openingScratch.length,
            handOver ->
                new SleeveReceiver(
                    handOver,
                    () -> table,
                    other == null ? null : other.of(handOver),
                    sink,
                    counters),
            onFault);
    UdpSocket socket = null;
    try {
      socket = UdpSocket.open();
      socket.bind(local.address(), local.port());
      socket.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DONT);
      setUp(socket);
      PeerSocket shared = new PeerSocket(socket, null);
      workers.add(shared, 0);
      running = new Running(workers, shared, socket.localPort(), socket.cutsRuns(), scratch, sink);
      workers.start();
      LOGGER.log(
          Level.INFO, "datagrams to peers with a password are sealed by {0}", ciphers.advice());
    } catch (LinuxException e) {
      if (socket != null) {
        socket.close();
      }
      workers.abandon();
      throw e;
    }
  }

  /** Hands the datagrams of another overlay that shares the port to it; before {@link #start}. */
  public void share(DatagramHandler.Factory other) {
    sharing = other;
  }

  /** Has what {@code port} captures taken by the receive threads, too; before the port starts. */
  public void carry(VnetBridgePort port) {
    port.runOn(running().workers().loops());
  }

  /** Totals over all connections; readable on any thread. */
  public SleeveCounters counters() {
    return counters;
  }

  /** The UDP port bound by {@link #start}; of interest when 0 was asked for. */
  public int localPort() {
    return running().port();
  }

  @Override
  public SortedMap<String, Object> diagnostics() {
    return new TreeMap<>(Map.of("Cipher", ciphers.description()));
  }

  @Override
  public String name() {
    return "sleeve";
  }

  @Override
  public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events)
      throws OverlayException {
    Endpoint local = Endpoint.of(parameters.local());
    Endpoint remote = Endpoint.of(parameters.remote());
    if (local == null || remote == null) {
      throw new OverlayException("sleeve needs IPv4, not " + parameters.remote());
    }
    // The accepting side sees an ephemeral TCP port: it learns the address from a heartbeat.
    return new SleeveForwarder(this, parameters, parameters.outbound() ? remote : null, events);
  }

  /** Stops the receive threads and closes every socket; forwarders drop what they are given. */
  @Override
  public void close() {
    Running stopped = running;
    if (stopped == null || !stopped.workers().areAlive()) {
      return;
    }
    for (SleeveForwarder forwarder : List.copyOf(confirmed.values())) {
      forwarder.stop();
    }
    stopped.workers().stop(stopped.shared()::close);
  }

  // For forwarders, on the conductor thread.

  EventTime time() {
    return time;
  }

  /** For frames of the path's own, which leave before the next is gathered; of all connections. */
  LaneSender.Vectors specialVectors(Sealing sealing) {
    return specialVectors.computeIfAbsent(sealing, LaneSender.Vectors::new);
  }

  /** The worker that takes all that a neighbour sends by this overlay. */
  public int workerOf(long peer) {
    return HandOver.workerOf(peer, openingScratch.length);
  }

  /** How many workers receive. */
  public int workers() {
    return openingScratch.length;
  }

  DatagramOpener newOpener(int worker, byte[] key, boolean dialler) {
    return new DatagramOpener(ciphers, key, dialler, openingScratch[worker]);
  }

  ConductorEvents newConductorEvents() {
    return new ConductorEvents(
        conductor, lane -> counters.increment(lane, SleeveCounter.DROPPED_QUEUE_FULL));
  }

  /** Whether the kernel cuts runs of datagrams. */
  boolean kernelCutsRuns() {
    Running here = running;
    return here != null && here.cutsRuns();
  }

  /** Datagrams of the neighbour reach this forwarder from now on, and no older one. */
  void register(SleeveForwarder forwarder) {
    confirmed.put(forwarder.remotePeer(), forwarder);
    table = new ForwarderTable(confirmed.values());
  }

  /** Ends {@link #register}, unless a newer connection has taken the neighbour over. */
  void unregister(SleeveForwarder forwarder) {
    if (confirmed.remove(forwarder.remotePeer(), forwarder)) {
      table = new ForwarderTable(confirmed.values());
    }
  }

  /** A socket to one neighbour on the shared port, from the address that TCP uses (B.1). */
  PeerSocket connect(SleeveForwarder owner, InetSocketAddress localTcp, Endpoint remote)
      throws LinuxException {
    // With runs the device computes it, and the kernel takes none from a socket without.
    boolean withoutChecksum = !kernelCutsRuns();
    long peer = owner.remotePeer();
    return connect(owner, peer, localTcp, remote, UdpSocket.PathMtuDiscovery.DO, withoutChecksum);
  }

  /**
   * The same for another overlay that shares the port: its datagrams have checksums, without which
   * the kernel would not cut them, and may be as long as the device takes. What any such socket
   * receives comes to the worker of that neighbour.
   *
   * @param peer value of the neighbour's name
   */
  public PeerSocket connectSharing(
      SocketOwner owner, long peer, InetSocketAddress localTcp, Endpoint remote)
      throws LinuxException {
    return connect(owner, peer, localTcp, remote, UdpSocket.PathMtuDiscovery.PROBE, false);
  }

  private PeerSocket connect(
      SocketOwner owner,
      long peer,
      InetSocketAddress localTcp,
      Endpoint remote,
      UdpSocket.PathMtuDiscovery discovery,
      boolean withoutChecksum)
      throws LinuxException {
    Running here = running();
    Endpoint local = Endpoint.of(localTcp);
    if (local == null) {
      throw new IllegalStateException("prepare accepts IPv4 only");
    }
    UdpSocket socket = UdpSocket.open();
    try {
      socket.setPathMtuDiscovery(discovery);
      if (withoutChecksum) {
        socket.disableChecksum();
      }
      setUp(socket);
      socket.bind(local.address(), here.port());
      socket.connect(remote.address(), remote.port());
      PeerSocket shared = new PeerSocket(socket, owner);
      here.workers().add(shared, workerOf(peer));
      return shared;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Tells a container, on behalf of another overlay, that a packet with "don't fragment" is too
   * long (overlay.md B.11); on the lane's thread.
   *
   * @param from value of the name of the refused frame's destination peer
   * @param to value of the name of its source peer
   */
  public void refuse(int lane, ByteBuffer slab, int frame, int overlayMtu, long from, long to) {
    scratch(lane).refuse(slab, frame, overlayMtu, from, to);
  }

  /** Ends a connection of either kind. */
  public void disconnect(PeerSocket socket) {
    try {
      running().workers().remove(socket);
    } catch (LinuxException e) {
      // Closing the socket takes it out of the poller as well.
      LOGGER.log(Level.DEBUG, "a socket was not watched any more", e);
    }
    socket.close();
  }

  /** A heartbeat's frame; valid until the next call. */
  ByteBuffer heartbeat(long connectionUid) {
    return heartbeat.putLong(SleeveProtocol.ETHERNET_BYTES, connectionUid);
  }

  /** As many zeros as any special frame has; never written to. */
  ByteBuffer zeros() {
    return zeros;
  }

  // For forwarders, on any lane.

  PeerSocket sharedSocket() {
    return running().shared();
  }

  DatagramSealer newSealer(int lane, byte[] key, boolean dialler) {
    return new DatagramSealer(ciphers, key, dialler, scratch(lane).cipherText());
  }

  LaneScratch scratch(int lane) {
    Running here = running();
    LaneScratch scratch = here.scratch()[lane];
    if (scratch == null) {
      scratch = new LaneScratch(lane, here.sink(), counters);
      here.scratch()[lane] = scratch;
    }
    return scratch;
  }

  private Running running() {
    Running here = running;
    if (here == null) {
      throw new IllegalStateException("sleeve has not been started");
    }
    return here;
  }

  private static void setUp(UdpSocket socket) throws LinuxException {
    socket.setReceiveBufferBytes(SleeveProtocol.SOCKET_BUFFER_BYTES);
    socket.setSendBufferBytes(SleeveProtocol.SOCKET_BUFFER_BYTES);
    socket.joinDatagrams();
  }
}
