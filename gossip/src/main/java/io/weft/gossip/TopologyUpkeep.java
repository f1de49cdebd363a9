package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.StateChannel;
import io.weft.gossip.topology.MergeResult;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.topology.TopologyDelta;
import io.weft.gossip.topology.TopologyEvents;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What follows from changes of the topology: news to others, new routes, and the removal of peers
 * that nobody reaches (mesh.md 6.5, 7.3, 8.5). Also the channel that news arrive on.
 */
final class TopologyUpkeep implements TopologyEvents, StateChannel {
  /** By specification: the channel's name (mesh.md 8.1). */
  static final String CHANNEL = "topology";

  private final EventTime time;
  private final Gossip gossip;
  private final MeshListener listener;
  private final Counters counters;
  private final Runnable whenPeersChange;
  private final Topology topology;
  private final TopologyDelta delta;
  private final SortedSet<PeerName> newNeighbours = new TreeSet<>();
  private final Deadline update = new Deadline();
  private final Deadline garbage = new Deadline();
  private final Deadline recalculation = new Deadline();
  private final Deadline oblivion = new Deadline();
  private final Deadline spread = new Deadline();
  private final SortedSet<PeerName> unspread = new TreeSet<>();

  /** Who told us all that is not spread yet; null when several did. */
  private @Nullable PeerName teller;

  private final Pace spreadPace = new Pace(MeshConstants.SPREAD_BURST, MeshConstants.SPREAD_NANOS);
  private volatile int shortId;
  private Routes routes;
  private boolean peersChanged;

  TopologyUpkeep(
      MeshConfig config,
      EventTime time,
      RandomGenerator random,
      Gossip gossip,
      MeshListener listener,
      Counters counters,
      Runnable whenPeersChange) {
    this.time = time;
    this.gossip = gossip;
    this.listener = listener;
    this.counters = counters;
    this.whenPeersChange = whenPeersChange;
    topology =
        new Topology(config.name(), config.nickName(), config.uid(), firstVersion(), random, this);
    delta = new TopologyDelta(topology);
    routes = topology.routes();
    noteShortId();
  }

  /**
   * Where the versions of our own record begin. No router has changed a thousand times a second, so
   * milliseconds are higher than the last version of an earlier life, unless the clock went back;
   * then we hear of that version and jump above it.
   */
  private long firstVersion() {
    return Math.max(0, time.unixMillis());
  }

  Topology topology() {
    return topology;
  }

  Routes routes() {
    return routes;
  }

  /** Our short id as last announced; readable by any thread. */
  int shortId() {
    return shortId;
  }

  /** Takes a short id before anybody knows us, as {@link Topology#preferShortId} says. */
  void preferShortId(int preferred) {
    topology.preferShortId(preferred);
    noteShortId();
  }

  /** A connection of ours was added: its peer is part of the next update. */
  void connectionAdded(PeerName peer) {
    newNeighbours.add(peer);
    requestRoutes();
  }

  /** Asks for new routes; connections were added, established or removed. */
  void requestRoutes() {
    recalculation.armUnlessArmed(time.nanos() + MeshConstants.ROUTES_NANOS);
    gossip.awaitRoutes();
  }

  /** Removes peers that nobody reaches and tells everybody whom it concerns. */
  void collectGarbage() {
    garbage.disarm();
    for (PeerName gone : topology.collectGarbage()) {
      gossip.peerGone(gone);
      listener.peerGone(gone);
    }
  }

  /**
   * A connection was added, which leaves nobody unreachable. What comes over it in the next moments
   * may describe the way to peers that seem so now.
   */
  void postponeGarbage() {
    if (garbage.isArmed()) {
      garbage.arm(time.nanos() + MeshConstants.GARBAGE_NANOS);
    }
  }

  long nextDeadlineNanos() {
    return Deadline.earlier(
        Deadline.earlier(update.orNever(), Deadline.earlier(spread.orNever(), oblivion.orNever())),
        Deadline.earlier(garbage.orNever(), recalculation.orNever()));
  }

  /**
   * Payloads about named peers, made when asked for. What is encoded for one neighbour is kept a
   * while for the next one.
   */
  Iterator<byte[]> payloads(Collection<PeerName> names) {
    oblivion.armUnlessArmed(time.nanos() + MeshConstants.ENCODED_NANOS);
    return topology.payloads(names);
  }

  void onTime() {
    if (spread.expire(time.nanos()) && spreadPace.take(time.nanos())) {
      spreadNews();
    }
    if (oblivion.expire(time.nanos())) {
      topology.forgetEncoded();
    }
    if (garbage.expire(time.nanos())) {
      collectGarbage();
    }
    if (recalculation.expire(time.nanos())) {
      recalculate();
    }
    if (update.expire(time.nanos())) {
      newNeighbours.add(topology.self().name());
      GossipData news = new TopologyData(this, newNeighbours);
      newNeighbours.clear();
      gossip.gossip(CHANNEL, news, null);
    }
  }

  /** Passes on what is known of peers that somebody reaches; of the others once somebody does. */
  private void spreadNews() {
    Collection<PeerName> waiting = topology.unreached(unspread);
    unspread.removeAll(waiting);
    unspread.removeIf(name -> topology.peer(name) == null);
    if (!unspread.isEmpty()) {
      gossip.gossip(CHANNEL, new TopologyData(this, unspread), teller);
      unspread.clear();
    }
    passOn(waiting, null);
  }

  private void recalculate() {
    Routes before = routes;
    routes = topology.routes();
    if (routes != before) {
      listener.routesChanged(routes);
    }
    if (peersChanged) {
      // Not for each payload: looking through everybody's connections takes long in a large mesh.
      peersChanged = false;
      whenPeersChange.run();
    }
    gossip.useRoutes(routes);
  }

  void stop() {
    update.disarm();
    garbage.disarm();
    recalculation.disarm();
    oblivion.disarm();
    spread.disarm();
  }

  @Override
  public void selfChanged() {
    update.armUnlessArmed(time.nanos() + MeshConstants.TOPOLOGY_UPDATE_NANOS);
  }

  @Override
  public void shortIdsInvalidated() {
    listener.shortIdsInvalidated();
  }

  @Override
  public void shortIdReassigned() {
    counters.increment(MeshMetric.SHORT_ID_REASSIGNMENTS);
    noteShortId();
  }

  private void noteShortId() {
    Integer announced = topology.self().shortId();
    shortId = announced == null ? 0 : announced;
  }

  @Override
  public void foreignClaim() {
    counters.increment(MeshMetric.FOREIGN_CLAIMS);
  }

  @Override
  public void peersDropped(int count) {
    counters.add(MeshMetric.PEERS_DROPPED, count);
  }

  @Override
  public String name() {
    return CHANNEL;
  }

  @Override
  public GossipData fullState() {
    return new TopologyData(this, topology.names());
  }

  @Override
  public @Nullable GossipData onGossip(byte[] data, int offset) throws GossipException {
    return news(merge(data, offset).improved());
  }

  @Override
  public @Nullable GossipData onBroadcast(PeerName source, byte[] data, int offset)
      throws GossipException {
    return news(merge(data, offset).received());
  }

  private MergeResult merge(byte[] data, int offset) throws GossipException {
    return took(topology.merge(data, offset));
  }

  /** What follows from a merge; to be called after each. */
  MergeResult took(MergeResult result) {
    garbage.armUnlessArmed(time.nanos() + MeshConstants.GARBAGE_NANOS);
    if (!result.improved().isEmpty()) {
      peersChanged = true;
      requestRoutes();
    }
    return result;
  }

  @Override
  public OptionalLong digest() {
    return OptionalLong.of(delta.digest());
  }

  TopologyDelta delta() {
    return delta;
  }

  /**
   * Passes on what neighbours that know the extension {@code delta} have told us about these peers:
   * at once after a quiet while, else with what comes until then. A join of many would otherwise
   * send each piece of news from each neighbour to {@code 2 log N} others on its own.
   *
   * @param from null when nobody is to be left out
   */
  void passOn(Collection<PeerName> names, @Nullable PeerName from) {
    if (!names.isEmpty()) {
      teller = unspread.isEmpty() || Objects.equals(from, teller) ? from : null;
      unspread.addAll(names);
      spread.armUnlessArmed(spreadPace.nextNanos(time.nanos()));
    }
  }

  /**
   * Data about peers that somebody reaches. In a large mesh the record of one that is gone would go
   * round for ever: whoever hears of it passes it on before its own collection of garbage, to
   * others whose garbage has just been collected.
   */
  private @Nullable GossipData news(SortedSet<PeerName> names) {
    Collection<PeerName> waiting = topology.unreached(names);
    passOn(waiting, null);
    SortedSet<PeerName> told = new TreeSet<>(names);
    told.removeAll(waiting);
    return told.isEmpty() ? null : new TopologyData(this, told);
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) throws GossipException {
    throw new GossipException(
        "unexpected topology gossip unicast: %d bytes from %s".formatted(payload.length, source));
  }
}
