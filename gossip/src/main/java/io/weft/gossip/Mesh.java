package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.random.RandomGenerator;

/**
 * The mesh of one router: topology, gossip and connections (mesh.md 6 to 9, 11).
 *
 * <p>Reads no clock and opens no socket: events come in through the callbacks of a link and {@link
 * #onTime}, actions go out through {@link MeshTransport}. Conductor thread only, except {@link
 * #localFeatures}.
 */
public final class Mesh implements Timed, MeshLinkEvents {
  private static final String SHUTTING_DOWN = "router is shutting down";

  private final EventTime time;
  private final RandomGenerator random;
  private final Counters counters = new Counters();
  private final LinkTable links = new LinkTable();
  private final Gossip gossip;
  private final TopologyUpkeep upkeep;
  private final ConnectionMaker maker;
  private final Connections connections;
  private final DeltaExchange exchange;
  private final LocalFeatures features;
  private final StatusViews views;
  private final Deadline periodicGossip = new Deadline();
  private boolean stopped;

  /**
   * Makes a mesh that does nothing until {@link #start}.
   *
   * @param time set by the shell before each call
   * @param random decides neighbours, back-off and short ids; seeded in simulations
   */
  public Mesh(
      MeshConfig config,
      EventTime time,
      RandomGenerator random,
      MeshTransport transport,
      OverlayHost overlays,
      MeshListener listener) {
    this.time = time;
    this.random = random;
    gossip = new Gossip(config.name(), time, random, links, counters);
    upkeep =
        new TopologyUpkeep(
            config, time, random, gossip, listener, counters, this::reevaluateTargets);
    Topology topology = upkeep.topology();
    maker = new ConnectionMaker(config, time, random, transport, topology, links, counters);
    connections =
        new Connections(config, time, transport, overlays, upkeep, gossip, maker, links, counters);
    exchange = new DeltaExchange(time, upkeep, gossip, counters);
    features = new LocalFeatures(config, overlays, upkeep::shortId);
    views = new StatusViews(config, time, topology, links, maker);
    gossip.register(upkeep);
  }

  private void reevaluateTargets() {
    maker.reevaluate();
  }

  /**
   * Adds a channel; until then a surrogate relays what others send on it.
   *
   * @return how the channel sends; usable at once
   * @throws IllegalArgumentException when a channel of that name exists
   */
  public GossipSender register(GossipChannel channel) {
    return gossip.register(channel);
  }

  /** Starts the periodic timers and dials the targets. Called once. */
  public void start() {
    armPeriodicGossip();
    maker.start();
  }

  /** Closes every connection and stops every timer. The mesh cannot be started again. */
  public void shutdown() {
    stopped = true;
    maker.stop(SHUTTING_DOWN);
    connections.stop(SHUTTING_DOWN);
    upkeep.stop();
    exchange.stop();
    periodicGossip.disarm();
  }

  /**
   * Adds targets or makes them try again at once (mesh.md 9.1).
   *
   * @param replace forget every target that is not among these
   */
  public void connect(List<Target> targets, boolean replace) {
    maker.connect(targets, replace);
  }

  /** Forgets targets by the text they were added with; connections that live stay. */
  public void forget(List<String> texts) {
    maker.forget(texts);
  }

  /** Texts of the targets, in the order of their text. */
  public List<String> targets() {
    return maker.texts();
  }

  /** Targets that are still being tried, for the quorum (ipam.md 4.1). */
  public int activeTargetCount() {
    return maker.activeCount(List.of());
  }

  /** Targets that are still being tried, without those of certain texts. */
  public int activeTargetCount(Collection<String> except) {
    return maker.activeCount(except);
  }

  /**
   * Our feature map toward a remote address, all but {@code ConnID} (mesh.md 1.6). Callable on any
   * thread.
   */
  public Map<String, String> localFeatures(InetSocketAddress remote) {
    return features.toward(remote);
  }

  @Override
  public long nextDeadlineNanos() {
    long first = Deadline.earlier(upkeep.nextDeadlineNanos(), maker.nextDeadlineNanos());
    long second = Deadline.earlier(connections.nextDeadlineNanos(), periodicGossip.orNever());
    return Deadline.earlier(Deadline.earlier(first, second), exchange.nextDeadlineNanos());
  }

  @Override
  public void onTime() {
    if (stopped) {
      return;
    }
    upkeep.onTime();
    if (periodicGossip.expire(time.nanos())) {
      armPeriodicGossip();
      gossip.sendFullStates();
      upkeep.topology().forgetOldChanges();
    }
    exchange.onTime();
    connections.onTime();
    maker.onTime();
  }

  private void armPeriodicGossip() {
    long jitterNanos =
        random.nextLong(-MeshConstants.GOSSIP_JITTER_NANOS, MeshConstants.GOSSIP_JITTER_NANOS);
    periodicGossip.arm(time.nanos() + MeshConstants.GOSSIP_INTERVAL_NANOS + jitterNanos);
  }

  @Override
  public void onHandshaken(long link, Handshaken handshaken) {
    if (!stopped) {
      connections.onHandshaken(link, handshaken);
    }
  }

  @Override
  public void onMessage(long link, MeshMessage message) {
    MeshLink from = links.numbered(link);
    if (from == null) {
      return;
    }
    try {
      switch (message) {
        case MeshMessage.Gossip m -> gossip.receive(from, m);
        case MeshMessage.GossipBroadcast m -> gossip.receive(m);
        case MeshMessage.GossipUnicast m -> gossip.receive(from, m);
        case MeshMessage.OverlayControl m -> connections.onControl(from, m);
        case MeshMessage.LegacyOverlayControl m -> connections.onControl(from, m);
        case MeshMessage.Extension m when from.queue().isExtended() ->
            exchange.receive(from, m.body());
        case MeshMessage.Extension m -> counters.increment(MeshMetric.UNKNOWN_TAGS);
        case MeshMessage.Unknown m -> counters.increment(MeshMetric.UNKNOWN_TAGS);
        case MeshMessage.Heartbeat m -> {}
        case MeshMessage.Blank m -> {}
      }
    } catch (GossipException e) {
      counters.increment(MeshMetric.PAYLOADS_REFUSED);
      String reason = e.getMessage();
      connections.terminate(from, reason == null ? e.toString() : reason);
    }
  }

  @Override
  public void onWritable(long link) {
    MeshLink writable = links.numbered(link);
    if (writable != null) {
      writable.queue().pump();
    }
  }

  @Override
  public void onClosed(long link, String reason) {
    if (!stopped) {
      connections.onClosed(link, reason);
    }
  }

  @Override
  public void onDialFailed(long link, String reason) {
    if (!stopped) {
      maker.unanswered(link);
      connections.onClosed(link, reason);
    }
  }

  /** The routes in force. */
  public Routes routes() {
    return upkeep.routes();
  }

  /** Whether the peer is in the topology, ourselves included. */
  public boolean isKnownPeer(PeerName peer) {
    return upkeep.topology().peer(peer) != null;
  }

  /** A known peer's nickname, with control characters replaced. */
  public Optional<String> nickName(PeerName peer) {
    return isKnownPeer(peer) ? Optional.of(views.nickName(peer)) : Optional.empty();
  }

  /** Takes a short id instead of the one drawn; before {@link #start}. */
  public void preferShortId(int shortId) {
    upkeep.preferShortId(shortId);
  }

  /** The peer that a short id belongs to now (mesh.md 6.4). */
  public Optional<PeerName> peerOfShortId(int shortId) {
    return Optional.ofNullable(upkeep.topology().peerOfShortId(shortId));
  }

  /** Every known peer, in order of name. */
  public List<PeerStatus> peers() {
    return views.peers();
  }

  /** Our connections in order of peer name, then the targets being tried by address. */
  public List<ConnectionStatus> connections() {
    return views.connections();
  }

  /** What was counted since the start. */
  public SortedMap<MeshMetric, Long> counters() {
    return counters.snapshot();
  }
}
