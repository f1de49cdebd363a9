package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Allocators in one thread, joined by a network that delays, loses and repeats messages as its seed
 * says. Every state given to a sink is kept as bytes.
 */
final class Cluster {
  private static final Logger LOG = Logger.getLogger("io.weft.ipam");

  static {
    // Thousands of starts and refusals would bury the test report.
    LOG.setLevel(Level.OFF);
  }

  static final long SECOND = 1_000_000_000L;

  /** One allocator with what outlives it. */
  final class Node implements GossipSender, MeshView {
    final PeerName name;
    final EventTime time = new EventTime(0, 1_700_000_000_000L);
    final List<byte[]> stored = new ArrayList<>();
    Allocator allocator;
    boolean isUp = true;
    boolean hasTakeoverChannel;
    long dateAheadMillis;
    private int runs;

    /** Peers that it does not find in its topology although messages get through. */
    final Set<PeerName> blindTo = new TreeSet<>();

    private Node(PeerName name, Allocator placeholder) {
      this.name = name;
      this.allocator = placeholder;
    }

    @Override
    public void unicast(PeerName destination, byte[] payload) throws UnreachablePeerException {
      Node to = nodes.get(destination);
      if (to == null || !reaches(this, to)) {
        throw new UnreachablePeerException("unknown relay destination: " + destination);
      }
      post(this, to, payload, Kind.UNICAST);
    }

    @Override
    public void broadcast(GossipData data) {
      for (Node to : nodes.values()) {
        for (byte[] payload : data.encode()) {
          post(this, to, payload, Kind.BROADCAST);
        }
      }
    }

    @Override
    public void gossip(GossipData data) {
      List<Node> others = new ArrayList<>(nodes.values());
      others.remove(this);
      if (!others.isEmpty()) {
        Node to = others.get(random.nextInt(others.size()));
        data.encode().forEach(payload -> post(this, to, payload, Kind.GOSSIP));
      }
    }

    @Override
    public boolean isKnown(PeerName peer) {
      Node other = nodes.get(peer);
      return peer.equals(name)
          || (other != null && reaches(this, other) && !blindTo.contains(peer));
    }

    @Override
    public int activeTargets() {
      return nodes.size() - 1;
    }

    /** Kills the process as it is and starts another one from these bytes. */
    void restart(byte @Nullable [] state) {
      runs++;
      inFlight.removeIf(message -> message.to == this);
      begin(this, state);
      isUp = true;
      connect(this);
    }

    byte[] lastStored() {
      return stored.getLast();
    }
  }

  private enum Kind {
    UNICAST,
    BROADCAST,
    GOSSIP,
    TAKEOVER,
    TAKEOVER_GOSSIP
  }

  private record Message(
      long dueNanos, long order, PeerName from, Node to, byte[] payload, Kind kind) {}

  final Map<PeerName, Node> nodes = new TreeMap<>();
  final List<String> refusals = new ArrayList<>();
  final Random random;
  double lossRate;
  double repeatRate;
  // How often a process dies while it stores its state: half the time before, half after.
  double crashRate;
  int crashes;
  long maxDelayNanos = SECOND / 100;

  private final PriorityQueue<Message> inFlight =
      new PriorityQueue<>((a, b) ->
          a.dueNanos != b.dueNanos
              ? Long.compare(a.dueNanos, b.dueNanos)
              : Long.compare(a.order, b.order));
  private final long seed;
  private final Cidr universe;
  private final Map<PeerName, Integer> partition = new TreeMap<>();

  // Whether nodes started from now on agree about takeovers.
  boolean hasTakeoverChannel;
  Reclaiming reclaiming = Reclaiming.NEVER;
  private BootstrapMode mode;
  private long nowNanos;
  private long nextGossipNanos = 30 * SECOND;
  private long posted;

  Cluster(long seed, Cidr universe, BootstrapMode mode) {
    this.seed = seed;
    this.random = new Random(seed);
    this.universe = universe;
    this.mode = mode;
  }

  static Cidr cidr(String text) {
    try {
      return Cidr.parse(text);
    } catch (InvalidAddressException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Node add(int number) {
    return add(number, mode);
  }

  Node add(int number, BootstrapMode itsMode) {
    BootstrapMode before = mode;
    mode = itsMode;
    Node node = new Node(new PeerName(number), unstarted());
    node.time.advanceTo(nowNanos, 1_700_000_000_000L + nowNanos / 1_000_000);
    nodes.put(node.name, node);
    begin(node, null);
    connect(node);
    mode = before;
    return node;
  }

  void addAll(int count) {
    for (int i = 1; i <= count; i++) {
      add(i);
    }
  }

  Node node(int number) {
    return Objects.requireNonNull(nodes.get(new PeerName(number)));
  }

  private Allocator unstarted() {
    return new Allocator(
        config(new PeerName(1), 0), new EventTime(0, 0), random, new Nowhere(), state -> {});
  }

  private IpamConfig config(PeerName name, long uid) {
    try {
      return IpamConfig.of(name, uid, "host" + name.value(), universe, universe, mode)
          .withReclaiming(reclaiming);
    } catch (InvalidAddressException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void begin(Node node, byte @Nullable [] state) {
    long uid = node.name.value() * 1000 + node.runs;
    node.allocator =
        new Allocator(
            config(node.name, uid), node.time, random, node, snapshot -> store(node, snapshot));
    node.hasTakeoverChannel = hasTakeoverChannel;
    if (hasTakeoverChannel) {
      node.allocator.connectTakeovers(takeoverSender(node));
    }
    try {
      node.allocator.start(node, state == null ? null : PersistedState.decode(state));
    } catch (CorruptStateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What goes down new connections on the channel of takeovers. */
  private void connect(Node node) {
    for (Node other : nodes.values()) {
      sendPresence(node, other);
      sendPresence(other, node);
    }
  }

  private void sendPresence(Node from, Node to) {
    GossipData presence = from.allocator.takeoverChannel().fullState();
    if (from.isUp && from.hasTakeoverChannel && presence != null) {
      presence.encode().forEach(payload -> post(from, to, payload, Kind.TAKEOVER_GOSSIP));
    }
  }

  /** Sends unicasts of takeovers; nothing else is sent by that channel itself. */
  private GossipSender takeoverSender(Node from) {
    return new GossipSender() {
      @Override
      public void unicast(PeerName destination, byte[] payload) {
        Node to = nodes.get(destination);
        if (to != null) {
          post(from, to, payload, Kind.TAKEOVER);
        }
      }

      @Override
      public void broadcast(GossipData data) {}

      @Override
      public void gossip(GossipData data) {}
    };
  }

  private void store(Node node, PersistedState snapshot) {
    boolean isCrash = !node.stored.isEmpty() && random.nextDouble() < crashRate;
    if (!isCrash || random.nextBoolean()) {
      node.stored.add(snapshot.encode());
    }
    if (isCrash) {
      throw new Crash();
    }
  }

  /** The end of a process in the middle of an event. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Does something to a node; if that kills it, it starts again from what it stored. */
  boolean survives(Node node, Runnable action) {
    try {
      action.run();
      return true;
    } catch (Crash e) {
      crashes++;
      double rate = crashRate;
      crashRate = 0;
      node.restart(node.lastStored());
      crashRate = rate;
      return false;
    }
  }

  /** Splits the network: nodes with the same number hear each other. */
  void partition(Map<Node, Integer> groups) {
    partition.clear();
    groups.forEach((node, group) -> partition.put(node.name, group));
  }

  void heal() {
    partition.clear();
  }

  private boolean reaches(Node a, Node b) {
    return a.isUp
        && b.isUp
        && Objects.equals(partition.getOrDefault(a.name, 0), partition.getOrDefault(b.name, 0));
  }

  private void post(Node from, Node to, byte[] payload, Kind kind) {
    if (to == from || !reaches(from, to) || random.nextDouble() < lossRate) {
      return;
    }
    int copies = random.nextDouble() < repeatRate ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long delay = 1 + (long) (random.nextDouble() * maxDelayNanos);
      inFlight.add(new Message(nowNanos + delay, posted++, from.name, to, payload.clone(), kind));
    }
  }

  /** Lets time pass: deliveries, ticks, and gossip every 30 s. */
  void run(long nanos) {
    long endNanos = nowNanos + nanos;
    while (true) {
      long nextNanos = endNanos;
      if (!inFlight.isEmpty()) {
        nextNanos = Math.min(nextNanos, inFlight.element().dueNanos);
      }
      nextNanos = Math.min(nextNanos, nextGossipNanos);
      for (Node node : nodes.values()) {
        if (node.isUp) {
          nextNanos = Math.min(nextNanos, node.allocator.nextDeadlineNanos());
        }
      }
      nowNanos = Math.max(nowNanos, nextNanos);
      for (Node node : nodes.values()) {
        long unixMillis = 1_700_000_000_000L + nowNanos / 1_000_000 + node.dateAheadMillis;
        node.time.advanceTo(nowNanos, unixMillis);
      }
      step();
      if (nowNanos >= endNanos) {
        return;
      }
    }
  }

  private void step() {
    while (!inFlight.isEmpty() && inFlight.element().dueNanos <= nowNanos) {
      Message message = inFlight.remove();
      survives(message.to, () -> deliver(message));
    }
    for (Node node : nodes.values()) {
      if (node.isUp) {
        survives(node, node.allocator::onTime);
      }
    }
    if (nowNanos >= nextGossipNanos) {
      nextGossipNanos = nowNanos + 30 * SECOND;
      List<Node> all = new ArrayList<>(nodes.values());
      Collections.shuffle(all, random);
      for (Node node : all) {
        GossipData state = node.allocator.fullState();
        if (node.isUp && state != null) {
          node.gossip(state);
        }
        if (node.isUp && node.hasTakeoverChannel) {
          sendPresence(node, all.get(random.nextInt(all.size())));
        }
      }
    }
  }

  private void deliver(Message message) {
    Allocator to = message.to.allocator;
    boolean isTakeover = message.kind == Kind.TAKEOVER || message.kind == Kind.TAKEOVER_GOSSIP;
    if (!message.to.isUp || (isTakeover && !message.to.hasTakeoverChannel)) {
      return;
    }
    try {
      switch (message.kind) {
        case UNICAST -> to.onUnicast(message.from, message.payload);
        case BROADCAST -> to.onBroadcast(message.from, message.payload);
        case GOSSIP -> to.onGossip(message.payload);
        case TAKEOVER -> to.takeoverChannel().onUnicast(message.from, message.payload);
        case TAKEOVER_GOSSIP -> to.takeoverChannel().onGossip(message.payload);
      }
    } catch (GossipException e) {
      refusals.add(message.to.name + " refused " + message.from + ": " + e.getMessage());
    }
  }

  /** Checks that every node has the same ring and that nothing is missing from it. */
  void assertSameOwners() {
    List<String> first = owners(node(1));
    for (Node node : nodes.values()) {
      assertEquals(first, owners(node), "seed " + seed);
    }
    long total =
        node(1).allocator.status().owners().stream().mapToLong(IpamStatus.Owner::addresses).sum();
    assertEquals(universe.size(), total, "seed " + seed);
  }

  private static List<String> owners(Node node) {
    return node.allocator.status().entries().stream()
        .map(entry -> entry.token() + " " + entry.size() + " " + entry.peer())
        .toList();
  }
}
