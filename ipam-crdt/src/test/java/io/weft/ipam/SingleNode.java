package io.weft.ipam;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One allocator whose mesh, disk and time are in the hands of the test. */
final class SingleNode implements GossipSender, MeshView, StateSink {
  private static final Logger LOG = Logger.getLogger("io.weft.ipam");

  static {
    // Thousands of starts and refusals would bury the test report.
    LOG.setLevel(Level.OFF);
  }

  static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/24");
  static final PeerName SELF = new PeerName(1);
  static final PeerName OTHER = new PeerName(2);

  final EventTime time = new EventTime(0, 1_700_000_000_000L);
  final TreeSet<PeerName> known = new TreeSet<>(List.of(SELF));

  final List<String> unconnected = new ArrayList<>();

  /** What left the allocator, in order. */
  final List<String> events = new ArrayList<>();

  final List<PersistedState> stored = new ArrayList<>();
  final List<byte[]> unicasts = new ArrayList<>();
  final Allocator allocator;
  @Nullable RuntimeException diskFailure;

  /** Whether events are stored only when {@link #postponed} is run. */
  boolean isPostponing;

  Runnable postponed = () -> {};

  private SingleNode(BootstrapMode mode) {
    try {
      IpamConfig config = IpamConfig.of(SELF, 77, "one", UNIVERSE, UNIVERSE, mode);
      allocator = new Allocator(config, time, new Random(1), this, this);
    } catch (InvalidAddressException e) {
      throw new IllegalStateException(e);
    }
  }

  static SingleNode started(BootstrapMode mode, @Nullable PersistedState state) {
    SingleNode node = new SingleNode(mode);
    node.allocator.start(node, state);
    return node;
  }

  /** A node that makes its own ring as soon as it needs one. */
  static SingleNode alone() {
    return started(new BootstrapMode.Consensus(1), null);
  }

  /** A node whose ring it shares with {@link #OTHER}, which owns the upper half. */
  static SingleNode shared() {
    SingleNode node = started(new BootstrapMode.Seed(List.of(SELF, OTHER)), null);
    node.known.add(OTHER);
    node.hear(Ring.seeded(UNIVERSE.range(), OTHER, List.of(SELF, OTHER)));
    node.events.clear();
    return node;
  }

  /** Another peer broadcasts its ring. */
  void hear(Ring ring) {
    byte[] payload = GossipStateCodec.encode(new GossipState(1, Map.of(), null, ring));
    try {
      allocator.onBroadcast(ring.self(), payload);
    } catch (GossipException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@link #OTHER} broadcasts a ring as its own. */
  void hearFromOther(Ring ring) {
    hear(new Ring(ring.universe(), OTHER, ring.entries(), ring.seeds()));
  }

  Answer allocate(String ident) {
    Answer answer = new Answer();
    allocator.allocate(
        ident,
        UNIVERSE,
        true,
        result -> {
          events.add("reply");
          answer.accept(result);
        });
    return answer;
  }

  Answer claim(String ident, String cidr) {
    Answer answer = new Answer();
    allocator.claim(ident, Cluster.cidr(cidr), true, false, answer);
    return answer;
  }

  void pass(long seconds) {
    for (long i = 0; i < seconds; i++) {
      time.advanceTo(time.nanos() + 1_000_000_000L, time.unixMillis() + 1000);
      allocator.onTime();
    }
  }

  PersistedState lastStored() {
    return stored.getLast();
  }

  @Override
  public void unicast(PeerName destination, byte[] payload) throws UnreachablePeerException {
    if (!known.contains(destination)) {
      throw new UnreachablePeerException("unknown relay destination: " + destination);
    }
    events.add("unicast " + payload[0]);
    unicasts.add(payload);
  }

  @Override
  public void broadcast(GossipData data) {
    events.add("broadcast");
  }

  @Override
  public void gossip(GossipData data) {
    events.add("gossip");
  }

  @Override
  public boolean isKnown(PeerName peer) {
    return known.contains(peer);
  }

  @Override
  public int activeTargets() {
    return unconnected.size();
  }

  @Override
  public List<String> unconnectedTargets() {
    return unconnected;
  }

  @Override
  public boolean postpone(Runnable store) {
    postponed = store;
    return isPostponing;
  }

  @Override
  public void persist(PersistedState state) {
    if (diskFailure != null) {
      throw diskFailure;
    }
    events.add("store");
    stored.add(state);
  }
}
