package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.LinuxException;
import io.weft.sleeve.ConductorEvents;
import io.weft.sleeve.Endpoint;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.SleeveOverlay;
import io.weft.sleeve.SocketOwner;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The overlay between two Weft routers: many frames are sealed at once, with keys of its own that
 * change every two minutes, and the result is cut into datagrams (docs/protocol.md).
 *
 * <pre>
 *  lanes ─forward─▶ gather ─▶ seal ─▶ cut ─▶ sendmmsg, UDP_SEGMENT ─▶ a socket a neighbour ─▶ UDP
 *  router ◀─received─ records ◀─ replay ◀─ open ◀─ join ◀─ UDP_GRO ◀─── the sockets of the port
 * </pre>
 *
 * <p>It shares port and receive threads with {@link SleeveOverlay}, which goes on running for the
 * same neighbours. Everything but {@link #counters}, {@link #addFeatures} and what {@link
 * Forwarder} says of lanes runs on the conductor thread.
 */
public final class Sleeve2Overlay implements Overlay {
  /** Indexes are reserved by the block, which holds those of an epoch. */
  private static final int INDEX_BLOCK = Lanes.MAX_WORKERS;

  private static final int INDEX_BLOCKS = Sleeve2Protocol.INDEXES / INDEX_BLOCK;

  private final SleeveOverlay sleeve;
  private final EventTime time;
  private final Predicate<Runnable> conductor;
  private final RandomGenerator random;
  private final Sleeve2Feature feature;
  private final Aead preferredAead;
  private final LaneCounters<Sleeve2Counter> counters = new LaneCounters<>(Sleeve2Counter.class);

  // Each slot belongs to its lane's thread.
  private final @Nullable SealingLane[] lanes = new @Nullable SealingLane[Lanes.COUNT];
  private final Set<Integer> indexBlocks = new HashSet<>();
  private final Map<Integer, ReceiveSession> sessions = new HashMap<>();
  private volatile SessionTable table = new SessionTable(List.of());

  /**
   * An overlay without connections.
   *
   * @param sleeve whose port and receive threads it shares; started after this
   * @param time the conductor's event time
   * @param conductor runs a task on the conductor thread, as for {@link SleeveOverlay}
   * @param random source of keys and indexes; must be unpredictable
   * @param processorHasAes which cipher to prefer
   */
  public Sleeve2Overlay(
      SleeveOverlay sleeve,
      EventTime time,
      Predicate<Runnable> conductor,
      RandomGenerator random,
      boolean processorHasAes) {
    this.sleeve = sleeve;
    this.time = time;
    this.conductor = conductor;
    this.random = random;
    List<Aead> preference = Aead.preference(processorHasAes);
    feature = new Sleeve2Feature(preference, sleeve.workers());
    preferredAead = preference.getFirst();
  }

  /**
   * Takes part in what {@code sleeve} receives; before that is started. A thread of its own
   * rehearses the path of frames meanwhile and ends.
   */
  public void start(FrameSink sink) {
    sleeve.share(handOver -> new Sleeve2Receiver(handOver, () -> table, sink, counters));
    Thread rehearsal = new Thread(new Rehearsal(preferredAead), "sleeve2-rehearsal");
    rehearsal.setDaemon(true);
    rehearsal.start();
  }

  /** Totals over all connections; readable on any thread. */
  public LaneCounters<Sleeve2Counter> counters() {
    return counters;
  }

  @Override
  public String name() {
    return "sleeve2";
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put(Sleeve2Feature.KEY, feature.value());
  }

  @Override
  public SortedMap<String, Object> diagnostics() {
    return new TreeMap<>(Map.of("Announced", feature.value()));
  }

  @Override
  public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events)
      throws OverlayException {
    Endpoint local = Endpoint.of(parameters.local());
    Endpoint remote = Endpoint.of(parameters.remote());
    if (local == null || remote == null) {
      throw new OverlayException("sleeve2-needs-ipv4");
    }
    String announced = parameters.features().all().get(Sleeve2Feature.KEY);
    Sleeve2Feature theirs = Sleeve2Feature.parse(announced);
    Aead aead = theirs == null ? null : Sleeve2Feature.choose(feature, theirs);
    if (announced == null || theirs == null || aead == null) {
      throw new OverlayException("sleeve2-no-cipher-in-common");
    }
    boolean outbound = parameters.outbound();
    PeerName here = parameters.localPeer();
    PeerName there = parameters.remotePeer();
    KeySchedule.Context context =
        new KeySchedule.Context(
            parameters.connectionUid(),
            outbound ? here : there,
            outbound ? there : here,
            outbound ? feature.value() : announced,
            outbound ? announced : feature.value(),
            aead,
            Sleeve2Feature.sessions(outbound ? feature : theirs, outbound ? theirs : feature),
            Sleeve2Feature.sessions(outbound ? theirs : feature, outbound ? feature : theirs));
    // The accepting side sees an ephemeral TCP port: it learns the address from a heartbeat.
    return new Sleeve2Forwarder(this, parameters, context, outbound ? remote : null, events);
  }

  // For forwarders, on the conductor thread.

  EventTime time() {
    return time;
  }

  RandomGenerator random() {
    return random;
  }

  ConductorEvents newConductorEvents() {
    return new ConductorEvents(
        conductor, lane -> counters.increment(lane, Sleeve2Counter.DROPPED_QUEUE_FULL));
  }

  PeerSocket connect(SocketOwner owner, long peer, InetSocketAddress localTcp, Endpoint remote)
      throws LinuxException {
    return sleeve.connectSharing(owner, peer, localTcp, remote);
  }

  void disconnect(PeerSocket socket) {
    sleeve.disconnect(socket);
  }

  /**
   * Reserves an index that nobody can guess.
   *
   * @param count of sessions; the indexes behind it are for the others
   */
  int newIndex(int count) {
    int block = random.nextInt(INDEX_BLOCKS);
    while (!indexBlocks.add(block)) {
      block = random.nextInt(INDEX_BLOCKS);
    }
    return block * INDEX_BLOCK + (count == 1 ? random.nextInt(INDEX_BLOCK) : 0);
  }

  void open(ReceiveSession session) {
    session.all().forEach(each -> sessions.put(each.index(), each));
    publish();
  }

  void release(int index) {
    int block = index / INDEX_BLOCK;
    indexBlocks.remove(block);
    if (sessions.keySet().removeIf(open -> open / INDEX_BLOCK == block)) {
      publish();
    }
  }

  // For forwarders, on any lane.

  /** Which worker takes a session of a neighbour: the first one's has the others' next to it. */
  int workerOf(long peer, int session) {
    return (sleeve.workerOf(peer) + session) % sleeve.workers();
  }

  void refuse(int lane, ByteBuffer slab, int frame, long from, long to) {
    sleeve.refuse(lane, slab, frame, Sleeve2Protocol.LONGEST_PACKET_BYTES, from, to);
  }

  SealingLane lane(int lane) {
    SealingLane there = lanes[lane];
    if (there == null) {
      there = new SealingLane(lane, counters);
      lanes[lane] = there;
    }
    return there;
  }

  private void publish() {
    table = new SessionTable(new ArrayList<>(sessions.values()));
  }
}
