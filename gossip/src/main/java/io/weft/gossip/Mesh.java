package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The mesh of one router: topology, gossip and connections (mesh.md 6 to 9, 11).
 *
 * <p>Reads no clock and opens no socket: events come in through the callbacks of a link and {@link
 * #onTime}, actions go out through {@link MeshTransport}. Conductor thread only, except {@link
 * #localFeatures}.
 */
public final class Mesh implements Timed {
  private final MeshConfig config;

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
    this.config = config;
  }

  /**
   * Adds a channel; until then a surrogate relays what others send on it.
   *
   * @return how the channel sends; usable at once
   * @throws IllegalArgumentException when a channel of that name exists
   */
  public GossipSender register(GossipChannel channel) {
    return new GossipSender() {
      @Override
      public void unicast(PeerName destination, byte[] payload) throws UnreachablePeerException {}

      @Override
      public void broadcast(GossipData data) {}

      @Override
      public void gossip(GossipData data) {}
    };
  }

  /** Starts the periodic timers and dials the targets. Called once. */
  public void start() {}

  /** Closes every connection and stops every timer. The mesh cannot be started again. */
  public void shutdown() {}

  /**
   * Adds targets or makes them try again at once (mesh.md 9.1).
   *
   * @param replace forget every target that is not among these
   */
  public void connect(List<Target> targets, boolean replace) {}

  /** Forgets targets by the text they were added with; connections that live stay. */
  public void forget(List<String> texts) {}

  /** Texts of the targets, in the order of their text. */
  public List<String> targets() {
    return List.of();
  }

  /** Targets that are still being tried, for the quorum (ipam.md 4.1). */
  public int activeTargetCount() {
    return 0;
  }

  /**
   * Our feature map toward a remote address, all but {@code ConnID} (mesh.md 1.6). Callable on any
   * thread.
   */
  public Map<String, String> localFeatures(InetSocketAddress remote) {
    return Map.of();
  }

  @Override
  public long nextDeadlineNanos() {
    return NEVER;
  }

  @Override
  public void onTime() {}

  /** A link's handshake is complete. */
  public void onHandshaken(long link, Handshaken handshaken) {}

  /** A link delivers a message. */
  public void onMessage(long link, MeshMessage message) {}

  /** A link takes bytes again. */
  public void onWritable(long link) {}

  /** A link has ended, or an attempt to dial has failed. */
  public void onClosed(long link, String reason) {}

  /** The routes in force. */
  public Routes routes() {
    return Routes.alone(config.name());
  }

  /** Whether the peer is in the topology, ourselves included. */
  public boolean isKnownPeer(PeerName peer) {
    return peer.equals(config.name());
  }

  /** A known peer's nickname, with control characters replaced. */
  public Optional<String> nickName(PeerName peer) {
    return Optional.empty();
  }

  /** The peer that a short id belongs to now (mesh.md 6.4). */
  public Optional<PeerName> peerOfShortId(int shortId) {
    return Optional.empty();
  }

  /** Every known peer, in order of name. */
  public List<PeerStatus> peers() {
    return List.of();
  }

  /** Our connections in order of peer name, then the targets being tried by address. */
  public List<ConnectionStatus> connections() {
    return List.of();
  }

  /** What was counted since the start. */
  public SortedMap<MeshMetric, Long> counters() {
    return new TreeMap<>();
  }
}
