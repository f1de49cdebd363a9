package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.UnreachablePeerException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Weft's allocators among those of Weave Net routers, which close a connection over any
 * contradiction and end when the ring takes from them what they have (ipam.md 2.5): as long as
 * operators keep the rules neither happens, whatever the order of events.
 */
class MixedMeshTest {
  private static final Logger LOG = Logger.getLogger("io.weft.ipam");
  private static final Cidr UNIVERSE = Cluster.cidr("10.32.0.0/24");
  private static final List<PeerName> SEEDS =
      List.of(new PeerName(1), new PeerName(2), new PeerName(3), new PeerName(4));
  private static final int MAX_IN_USE = 200;

  static {
    LOG.setLevel(Level.OFF);
  }

  private record Message(PeerName from, byte[] payload, boolean isUnicast, boolean isBroadcast) {}

  /** A router of either kind. */
  private final class Node implements WeaveNetPeer.Mesh, MeshView {
    final PeerName name;
    final EventTime time = new EventTime(nowNanos, 0);
    final @Nullable WeaveNetPeer weaveNet;
    boolean isUp = true;
    @Nullable Allocator allocator;
    @Nullable PersistedState stored;

    Node(PeerName name, boolean isWeft) {
      this.name = name;
      weaveNet =
          isWeft ? null : new WeaveNetPeer(name, UNIVERSE, SEEDS, random, this, this::isKnown);
      if (isWeft) {
        start();
      }
    }

    void start() {
      try {
        BootstrapMode seeds = new BootstrapMode.Seed(SEEDS);
        IpamConfig config =
            IpamConfig.of(name, name.value(), "weft" + name, UNIVERSE, UNIVERSE, seeds);
        PersistedState before = stored;
        allocator = new Allocator(config, time, random, this, state -> stored = state);
        weft().start(this, before);
      } catch (InvalidAddressException e) {
        throw new IllegalStateException(e);
      }
    }

    Allocator weft() {
      return Objects.requireNonNull(allocator);
    }

    @Override
    public boolean isKnown(PeerName peer) {
      Node other = nodes.get(peer);
      return peer.equals(name) || (other != null && other.isUp);
    }

    @Override
    public int activeTargets() {
      return SEEDS.size() - 1;
    }

    @Override
    public void unicast(PeerName to, byte[] payload) throws UnreachablePeerException {
      if (!isKnown(to)) {
        throw new UnreachablePeerException("unknown relay destination: " + to);
      }
      post(to, payload, true, false);
    }

    @Override
    public void broadcast(GossipData data) {
      nodes.keySet().forEach(to -> post(to, data.encode().getFirst(), false, true));
    }

    @Override
    public void broadcastState() {
      byte[] state = Objects.requireNonNull(weaveNet).state();
      nodes.keySet().forEach(to -> post(to, state, false, true));
    }

    @Override
    public void gossip(GossipData data) {
      List<PeerName> all = List.copyOf(nodes.keySet());
      post(all.get(random.nextInt(all.size())), data.encode().getFirst(), false, false);
    }

    void gossip() {
      WeaveNetPeer other = weaveNet;
      if (other == null) {
        gossip(Objects.requireNonNull(weft().fullState()));
      } else {
        List<PeerName> all = List.copyOf(nodes.keySet());
        post(all.get(random.nextInt(all.size())), other.state(), false, false);
      }
    }

    private void post(PeerName to, byte[] payload, boolean isUnicast, boolean isBroadcast) {
      if (isUp && !to.equals(name) && isKnown(to)) {
        queues
            .computeIfAbsent(name + " " + to, _ -> new ArrayDeque<>())
            .add(new Message(name, payload, isUnicast, isBroadcast));
      }
    }

    void receive(Message message) {
      WeaveNetPeer other = weaveNet;
      try {
        if (other != null && message.isUnicast) {
          other.onUnicast(message.from, message.payload);
        } else if (other != null) {
          other.onState(message.payload, 0, message.from);
        } else if (message.isUnicast) {
          weft().onUnicast(message.from, message.payload);
        } else if (message.isBroadcast) {
          weft().onBroadcast(message.from, message.payload);
        } else {
          weft().onGossip(message.payload);
        }
      } catch (GossipException e) {
        troubles.add(name + " refuses " + message.from + ": " + e.getMessage());
      }
    }

    void allocate() {
      String ident = "c" + ++requests;
      if (weaveNet != null) {
        weaveNet.allocate(ident);
      } else {
        weft().allocate(ident, UNIVERSE, false, result -> {});
      }
    }

    /** Claims any address, of whomever it is. */
    void claim() {
      long address = UNIVERSE.address() + 1 + random.nextInt(254);
      if (weaveNet != null) {
        weaveNet.claim(address);
      } else {
        Cidr cidr = new Cidr(address, UNIVERSE.prefixLength());
        weft().claim("c" + ++requests, cidr, false, false, result -> {});
      }
    }

    void release() {
      List<Long> all = List.copyOf(inUse());
      if (all.isEmpty()) {
        return;
      }
      long address = all.get(random.nextInt(all.size()));
      if (weaveNet != null) {
        weaveNet.release(address);
        return;
      }
      weft().list().entrySet().stream()
          .filter(held -> held.getValue().cidrs().getFirst().address() == address)
          .map(Map.Entry::getKey)
          .findFirst()
          .ifPresent(this::release);
    }

    private void release(String ident) {
      try {
        weft().release(ident);
      } catch (IpamException e) {
        throw new IllegalStateException(e);
      }
    }

    Set<Long> inUse() {
      if (weaveNet != null) {
        return weaveNet.holders().keySet();
      }
      Set<Long> all = new HashSet<>();
      weft().list().values().forEach(held -> held.cidrs().forEach(cidr -> all.add(cidr.address())));
      return all;
    }

    Ring ring() {
      return weaveNet != null ? weaveNet.ring() : Objects.requireNonNull(stored).ring();
    }

    void tick() {
      time.advanceTo(nowNanos, 0);
      if (weaveNet != null) {
        weaveNet.tick();
      } else {
        weft().onTime();
      }
    }

    void takeOver(Node victim) throws IpamException {
      if (weaveNet != null) {
        weaveNet.takeOver(victim.name);
      } else {
        weft().takeover(victim.name.toString());
      }
    }

    void leave() {
      if (weaveNet != null) {
        weaveNet.shutdown();
      } else {
        weft().shutdown();
      }
    }
  }

  private final Map<PeerName, Node> nodes = new TreeMap<>();
  private final Map<String, Queue<Message>> queues = new TreeMap<>();
  private final List<String> troubles = new ArrayList<>();
  private Random random = new Random(0);
  private long nowNanos;
  private int requests;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void nobodyClosesAConnectionOverTheRing(long seed) throws IpamException {
    random = new Random(seed);
    for (PeerName name : SEEDS) {
      // Two of each kind, in every order of names.
      nodes.put(name, new Node(name, (name.value() + seed) % 4 < 2));
    }
    pass(15);
    for (int step = 0; step < 3000; step++) {
      act(step);
      if (step == 1000) {
        takeOverOneOf(seed);
      } else if (step == 2000) {
        letOneLeave();
      }
    }
    quieten();
    assertEquals(List.of(), troubles, "seed " + seed);
    Set<Long> distinct = new HashSet<>();
    int count = 0;
    List<String> owners = owners(anyUp().ring());
    for (Node node : up()) {
      assertEquals(owners, owners(node.ring()), () -> "seed " + seed + " " + node.name);
      distinct.addAll(node.inUse());
      count += node.inUse().size();
      if (node.weaveNet == null) {
        // There may be too few addresses, but nothing else is amiss.
        List<String> lines = new ArrayList<>(node.weft().status().health().lines());
        lines.removeIf(line -> line.startsWith("Waiting: "));
        assertEquals(List.of(), lines, () -> "seed " + seed + " " + node.name);
      }
    }
    assertEquals(count, distinct.size(), "seed " + seed);
    assertTrue(anyUp().ring().entries().size() > SEEDS.size(), "space has changed hands");
  }

  private void act(int step) {
    Node node = up().get(random.nextInt(up().size()));
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        // Most of it at one of them for a while, so that it needs what the others have.
        Node busy = random.nextInt(4) == 0 ? node : up().get(step / 500 % up().size());
        if (up().stream().mapToInt(each -> each.inUse().size()).sum() < MAX_IN_USE) {
          busy.allocate();
        }
      }
      case 3 -> node.release();
      case 4 -> node.gossip();
      case 5 -> pass(1);
      case 6 -> {
        if (node.weaveNet == null && random.nextInt(20) == 0) {
          kill(node);
        }
      }
      case 7 -> {
        if (random.nextInt(4) == 0) {
          node.claim();
        }
      }
      default -> deliverOne();
    }
  }

  /** One dies, and one of the others takes its space over when all that it said has arrived. */
  private void takeOverOneOf(long seed) throws IpamException {
    quieten();
    Node victim = Objects.requireNonNull(nodes.get(new PeerName(1 + seed / 2 % 4)));
    victim.isUp = false;
    up().get(random.nextInt(up().size())).takeOver(victim);
  }

  private void letOneLeave() {
    Node leaver = up().get(random.nextInt(up().size()));
    leaver.leave();
    while (deliverOne()) {
      // What it has said last arrives.
    }
    leaver.isUp = false;
  }

  /** It comes back with what was stored last, or with nothing and without containers. */
  private void kill(Node node) {
    // What it has sent arrives before its end is noticed; what is on its way to it does not.
    for (PeerName to : nodes.keySet()) {
      while (deliver(node.name + " " + to)) {
        // The next one.
      }
      queues.remove(to + " " + node.name);
    }
    node.stored = random.nextInt(4) == 0 ? null : node.stored;
    node.start();
  }

  private boolean deliverOne() {
    queues.values().removeIf(Queue::isEmpty);
    List<String> keys = List.copyOf(queues.keySet());
    return !keys.isEmpty() && deliver(keys.get(random.nextInt(keys.size())));
  }

  private boolean deliver(String key) {
    Queue<Message> queue = queues.get(key);
    Message message = queue == null ? null : queue.poll();
    Node to = nodes.get(PeerName.parse(key.substring(key.indexOf(' ') + 1)));
    if (message != null && to != null && to.isUp) {
      to.receive(message);
    }
    return message != null;
  }

  private void quieten() {
    for (int round = 0; round < 30; round++) {
      pass(5);
      up().forEach(Node::gossip);
      while (deliverOne()) {
        // Until nobody has anything to say.
      }
    }
    up().stream()
        .map(node -> node.weaveNet)
        .filter(Objects::nonNull)
        .forEach(peer -> troubles.addAll(peer.troubles));
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      nowNanos += Cluster.SECOND;
      nodes.values().stream().filter(node -> node.isUp).forEach(Node::tick);
    }
  }

  private List<Node> up() {
    return nodes.values().stream().filter(node -> node.isUp).toList();
  }

  private Node anyUp() {
    return up().getFirst();
  }

  private static List<String> owners(Ring ring) {
    return ring.entries().stream()
        .map(entry -> Ipv4.format(entry.token()) + " " + entry.peer() + " v" + entry.version())
        .toList();
  }
}
