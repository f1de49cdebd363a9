package io.weft.gossip;

import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.MeshMessage;
import io.weft.gossip.wire.MeshProtocol;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A router of a {@link SimulatedNetwork}: a real mesh with an overlay that always works. */
final class SimulatedRouter implements MeshTransport, OverlayHost, MeshListener {
  /** How a router is set up. */
  record Options(
      boolean discovery,
      int connectionLimit,
      boolean password,
      List<Subnet> trusted,
      @Nullable Integer firstShortId,
      boolean extensions) {
    static final Options USUAL = new Options(true, 0, false, List.of());
    static final Options NO_DISCOVERY = new Options(false, 0, false, List.of());

    Options(boolean discovery, int connectionLimit, boolean password, List<Subnet> trusted) {
      this(discovery, connectionLimit, password, trusted, null, true);
    }

    /** The same with a short id to begin with. */
    Options withFirstShortId(int shortId) {
      return new Options(discovery, connectionLimit, password, trusted, shortId, extensions);
    }

    /** The same without extensions of the protocol. */
    Options plain() {
      return new Options(
          discovery, connectionLimit, password, trusted, firstShortId, /* extensions= */ false);
    }

    /** That of a router in one of its lives. */
    MeshConfig config(PeerName name, String nickName, long uid) {
      return new MeshConfig(
          name,
          nickName,
          uid,
          password,
          SimulatedNetwork.PORT,
          discovery,
          connectionLimit,
          trusted,
          extensions);
    }
  }

  /** Randomness whose first bounded number is chosen: the mesh takes its short id from it. */
  private static final class Loaded implements RandomGenerator {
    private final RandomGenerator random;
    private @Nullable Integer first;

    Loaded(RandomGenerator random, @Nullable Integer first) {
      this.random = random;
      this.first = first;
    }

    @Override
    public long nextLong() {
      return random.nextLong();
    }

    @Override
    public int nextInt(int bound) {
      Integer chosen = first;
      first = null;
      return chosen == null ? random.nextInt(bound) : chosen;
    }
  }

  /** From the confirmation of an overlay until it is established. */
  private static final long OVERLAY_NANOS = 5_000_000;

  private final SimulatedNetwork network;
  private final int number;
  private final Options options;
  private final Set<Integer> cutFrom = new HashSet<>();
  private final Set<Long> blocked = new HashSet<>();
  private final List<PeerName> gone = new ArrayList<>();
  private final List<ForwarderParameters> prepared = new ArrayList<>();
  private final List<InetSocketAddress> dialled = new ArrayList<>();
  private final List<Long> dialledAtNanos = new ArrayList<>();
  private final List<MeshMessage> sent = new ArrayList<>();
  private final List<Long> linksSent = new ArrayList<>();
  private RecordingChannel channel = new RecordingChannel();
  private EventTime time;
  private Mesh mesh;
  private GossipSender sender;
  private boolean up;
  private boolean blockAll;

  SimulatedRouter(SimulatedNetwork network, int number, Options options) {
    this.network = network;
    this.number = number;
    this.options = options;
    time = new EventTime(network.nowNanos(), network.nowNanos() / 1_000_000);
    mesh = newMesh();
    sender = mesh.register(channel);
  }

  private Mesh newMesh() {
    MeshConfig config = options.config(name(), "host" + number, network.random().nextLong() | 1);
    Loaded random = new Loaded(network.random(), options.firstShortId());
    return new Mesh(config, time, random, this, this, this);
  }

  void start() {
    up = true;
    event(Mesh::start);
  }

  /** The process dies without a word. */
  void kill() {
    up = false;
    network.kill(this);
  }

  /** A new process under the same name. */
  void restart() {
    channel = new RecordingChannel();
    time = new EventTime(network.nowNanos(), network.nowNanos() / 1_000_000);
    mesh = newMesh();
    sender = mesh.register(channel);
    start();
  }

  void event(Consumer<Mesh> action) {
    if (up) {
      time.advanceTo(network.nowNanos(), network.nowNanos() / 1_000_000);
      action.accept(mesh);
    }
  }

  long nextDeadlineNanos() {
    return up ? mesh.nextDeadlineNanos() : Timed.NEVER;
  }

  void onTime() {
    event(Mesh::onTime);
  }

  void connectTo(SimulatedRouter other) {
    event(mesh -> mesh.connect(List.of(target(other)), false));
  }

  static Target target(SimulatedRouter other) {
    InetSocketAddress address = SimulatedNetwork.address(other.number);
    return new Target("host" + other.number + ":6783", List.of(address), true);
  }

  int number() {
    return number;
  }

  PeerName name() {
    return new PeerName(number);
  }

  Mesh mesh() {
    return mesh;
  }

  GossipSender sender() {
    return sender;
  }

  RecordingChannel channel() {
    return channel;
  }

  boolean isUp() {
    return up;
  }

  /** Nothing crosses between the two any more, and neither end is told. */
  void cut(SimulatedRouter other) {
    cutFrom.add(other.number);
  }

  /** Everything crosses again. */
  void mend() {
    cutFrom.clear();
  }

  boolean isCutFrom(int other) {
    return cutFrom.contains(other);
  }

  /** No connection takes bytes until told otherwise. */
  void blockWrites(boolean block) {
    blockAll = block;
    if (!block) {
      List<Long> links = new ArrayList<>(blocked);
      blocked.clear();
      links.forEach(link -> event(mesh -> mesh.onWritable(link)));
    }
  }

  List<PeerName> gone() {
    return gone;
  }

  List<ForwarderParameters> prepared() {
    return prepared;
  }

  List<InetSocketAddress> dialled() {
    return dialled;
  }

  List<Long> dialledAtNanos() {
    return dialledAtNanos;
  }

  /** Every message sent since the start. */
  List<MeshMessage> sent() {
    return sent;
  }

  /** On which link each of {@link #sent} went. */
  List<Long> linksSent() {
    return linksSent;
  }

  /** Whether data frames find a way to a peer. */
  boolean reaches(SimulatedRouter other) {
    return mesh.routes().unicast(other.name()) != null;
  }

  /** Peers that we have a working connection to. */
  Set<PeerName> neighbours() {
    Set<PeerName> neighbours = new HashSet<>();
    for (PeerStatus peer : mesh.peers()) {
      if (peer.name().equals(name())) {
        peer.connections().stream()
            .filter(PeerStatus.Link::established)
            .forEach(link -> neighbours.add(link.name()));
      }
    }
    return neighbours;
  }

  byte @Nullable [] key() {
    if (!options.password()) {
      return null;
    }
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) 7);
    return key;
  }

  @Override
  public long dial(InetSocketAddress address) {
    dialled.add(address);
    dialledAtNanos.add(network.nowNanos());
    return network.dial(this, address);
  }

  @Override
  public void startReading(long link) {
    network.startReading(link);
  }

  @Override
  public boolean isWritable(long link) {
    if (blockAll) {
      blocked.add(link);
    }
    return !blockAll;
  }

  @Override
  public void send(long link, MeshMessage message) {
    sent.add(message);
    linksSent.add(link);
    network.send(link, message);
  }

  @Override
  public void close(long link, String reason) {
    network.close(link, reason);
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put(MeshProtocol.OVERLAYS, "sleeve");
  }

  @Override
  public OverlayConnection prepare(
      ForwarderParameters parameters, OverlayConnectionEvents overlayEvents) {
    prepared.add(parameters);
    return new SilentOverlay(
        () -> network.schedule(OVERLAY_NANOS, () -> event(mesh -> overlayEvents.established())));
  }

  @Override
  public void routesChanged(Routes routes) {}

  @Override
  public void peerGone(PeerName peer) {
    gone.add(peer);
  }

  @Override
  public void shortIdsInvalidated() {}
}
