package io.weft.gossip;

import io.weft.gossip.topology.ConnectionList;
import io.weft.gossip.topology.Peer;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.wire.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Decides which addresses to dial and when (mesh.md 9). */
final class ConnectionMaker {
  /** What the operator asked for, and which of its addresses is being used. */
  private static final class Wanted {
    private final Target target;
    private int current;

    /** Goes on with the address that is being used of the same text, if it is still one. */
    Wanted(Target target, @Nullable Wanted before) {
      this.target = target;
      int known = before == null ? 0 : target.addresses().indexOf(before.address());
      current = Math.max(known, 0);
    }

    InetSocketAddress address() {
      return target.addresses().get(current);
    }

    String key() {
      return AddressText.of(address());
    }
  }

  private final MeshConfig config;
  private final EventTime time;
  private final RandomGenerator random;
  private final MeshTransport transport;
  private final Topology topology;
  private final LinkTable links;
  private final Counters counters;
  private final SortedMap<String, Wanted> wanted = new TreeMap<>();
  private final SortedMap<String, DialTarget> targets = new TreeMap<>();
  private final Map<Long, DialTarget> byLink = new HashMap<>();
  private final Deadline evaluation = new Deadline();
  private final LimitBackOff limitBackOff;
  private long notBeforeNanos;
  private boolean running;

  ConnectionMaker(
      MeshConfig config,
      EventTime time,
      RandomGenerator random,
      MeshTransport transport,
      Topology topology,
      LinkTable links,
      Counters counters) {
    this.config = config;
    this.time = time;
    this.random = random;
    this.limitBackOff = new LimitBackOff(config.connectionLimit(), random);
    this.transport = transport;
    this.topology = topology;
    this.links = links;
    this.counters = counters;
  }

  void start() {
    running = true;
    notBeforeNanos = time.nanos();
    reevaluate();
  }

  /** Stops dialling and ends what is being dialled. */
  void stop(String reason) {
    running = false;
    evaluation.disarm();
    for (Long link : new TreeSet<>(byLink.keySet())) {
      transport.close(link, reason);
    }
    byLink.clear();
  }

  void connect(List<Target> added, boolean replace) {
    limitBackOff.startAfresh();
    Map<String, Wanted> before = new HashMap<>(wanted);
    if (replace) {
      wanted.clear();
    }
    for (Target target : added) {
      Wanted want = new Wanted(target, before.get(target.text()));
      wanted.put(target.text(), want);
      DialTarget known = targets.get(want.key());
      if (known != null) {
        known.retryAfresh(time.nanos());
      }
    }
    reevaluate();
  }

  void forget(Collection<String> texts) {
    for (String text : texts) {
      wanted.remove(text);
    }
    reevaluate();
  }

  List<String> texts() {
    return List.copyOf(wanted.keySet());
  }

  /** How many wanted targets, but for some, have not turned out to be pointless (ipam.md 4.1). */
  int activeCount(Collection<String> except) {
    int active = 0;
    for (Map.Entry<String, Wanted> want : wanted.entrySet()) {
      DialTarget target = targets.get(want.getValue().key());
      boolean isPointless = target != null && target.isNever();
      active += isPointless || except.contains(want.getKey()) ? 0 : 1;
    }
    return active;
  }

  /** Targets by address, in the order of the text; a live view. */
  SortedMap<String, DialTarget> targets() {
    return Collections.unmodifiableSortedMap(targets);
  }

  /** Whether a dialled link may lead to a peer that we have not heard of (mesh.md 6.2). */
  boolean mayIntroduce(long link) {
    DialTarget target = byLink.get(link);
    return target != null
        && wanted.values().stream().anyMatch(want -> want.address().equals(target.address()));
  }

  /**
   * A dialled link is about to end, as nobody has answered. Where the operator wants a connection
   * this costs the network next to nothing, and the network may be back at any time: the back-off
   * does not grow then.
   */
  void unanswered(long link) {
    DialTarget target = byLink.get(link);
    if (target != null && mayIntroduce(link)) {
      target.limitInterval(MeshConstants.FIRST_BACK_OFF_NANOS);
    }
  }

  /** A dialled link has led to this peer. */
  void identified(long link, PeerName peer, long uid) {
    DialTarget target = byLink.get(link);
    if (target != null) {
      target.setIdentity(new DialTarget.Identity(peer, uid));
    }
  }

  /** A link has become one of our connections. */
  void connected(long link) {
    DialTarget target = byLink.get(link);
    if (target != null) {
      target.setState(DialTarget.State.CONNECTED);
    }
    reevaluate();
  }

  /**
   * A link has ended.
   *
   * @param permanent trying the address again cannot help
   * @return whether we dialled it and had not heard of its end
   */
  boolean ended(long link, String reason, boolean permanent) {
    reevaluate();
    DialTarget target = byLink.remove(link);
    if (target == null) {
      return false;
    }
    boolean wasConnected = target.state() == DialTarget.State.CONNECTED;
    target.ended(reason, permanent, time.nanos(), random);
    if (!wasConnected && !permanent) {
      tryOtherAddress(target);
    }
    return true;
  }

  /** Goes on to the next address of a name that has several, keeping the back-off. */
  private void tryOtherAddress(DialTarget target) {
    String key = AddressText.of(target.address());
    for (Wanted want : wanted.values()) {
      if (want.target.addresses().size() > 1 && want.key().equals(key)) {
        want.current = (want.current + 1) % want.target.addresses().size();
        if (!targets.containsKey(want.key())) {
          targets.remove(key);
          target.moveTo(want.address());
          targets.put(want.key(), target);
        }
        return;
      }
    }
  }

  /**
   * Something has changed that may call for another choice. At once after a quiet while; what a
   * join of many brings is taken together, since each choice looks at everybody's connections.
   */
  void reevaluate() {
    if (running) {
      long next = notBeforeNanos - time.nanos() > 0 ? notBeforeNanos : time.nanos();
      evaluation.arm(Deadline.earlier(evaluation.orNever(), next));
    }
  }

  long nextDeadlineNanos() {
    return evaluation.orNever();
  }

  void onTime() {
    if (evaluation.expire(time.nanos())) {
      evaluate();
    }
  }

  private void evaluate() {
    notBeforeNanos = time.nanos() + MeshConstants.EVALUATION_NANOS;
    Set<String> direct = new HashSet<>();
    Set<String> valid = new HashSet<>();
    Set<InetAddress> inboundIps = new HashSet<>();
    Set<String> present = new HashSet<>();
    for (MeshLink link : links.all()) {
      present.add(link.address());
      if (!link.handshaken().outbound()) {
        inboundIps.add(link.handshaken().remote().getAddress());
      }
    }
    for (Wanted want : wanted.values()) {
      InetSocketAddress address = want.address();
      direct.add(want.key());
      boolean covered = !want.target.portGiven() && inboundIps.contains(address.getAddress());
      if (!covered && !present.contains(want.key()) && !leadsToNeighbour(want.key())) {
        valid.add(want.key());
        targets.putIfAbsent(want.key(), new DialTarget(address, time.nanos()));
      }
    }
    if (config.discovery()) {
      addDiscovered(valid, present);
    }
    settle(valid, direct);
  }

  /** Whether an address leads to a peer that we are connected to some other way. */
  private boolean leadsToNeighbour(String key) {
    DialTarget target = targets.get(key);
    DialTarget.Identity identity = target == null ? null : target.identity();
    MeshLink link = identity == null ? null : links.toPeer(identity.name());
    return link != null && identity != null && link.handshaken().features().uid() == identity.uid();
  }

  /** Addresses at which others are connected to peers that we are not (mesh.md 9.1). */
  private void addDiscovered(Set<String> valid, Set<String> present) {
    Set<Long> strangers = new HashSet<>();
    for (PeerName name : topology.names()) {
      if (!name.equals(config.name()) && links.toPeer(name) == null) {
        strangers.add(name.value());
      }
    }
    if (strangers.isEmpty()) {
      return;
    }
    int added = 0;
    Set<Long> seen = new HashSet<>();
    for (Peer peer : topology.peers()) {
      if (peer == topology.self()) {
        continue;
      }
      ConnectionList connections = peer.connections();
      for (int i = 0; i < connections.size(); i++) {
        if (!strangers.contains(connections.remoteValue(i)) || !isNew(connections, i, seen)) {
          continue;
        }
        InetSocketAddress address = discover(connections, i);
        String key = address == null ? null : AddressText.of(address);
        if (address == null || key == null || present.contains(key) || valid.contains(key)) {
          continue;
        }
        if (added == MeshConstants.MAX_DISCOVERED) {
          // Whoever invents so many does not get to keep us busy with counting them.
          counters.increment(MeshMetric.DISCOVERED_DROPPED);
          return;
        }
        added++;
        valid.add(key);
        targets.putIfAbsent(key, new DialTarget(address, time.nanos()));
      }
    }
  }

  /** Whether the address to dial has not been looked at; texts always count as new. */
  private boolean isNew(ConnectionList connections, int index, Set<Long> seen) {
    if (connections.isText(index)) {
      return true;
    }
    long packed = connections.packedAddress(index);
    return seen.add(connections.outbound(index) ? packed : packed >>> 16 << 16 | config.port());
  }

  private @Nullable InetSocketAddress discover(ConnectionList connections, int index) {
    InetSocketAddress address = Addresses.parse(connections.address(index));
    if (address == null
        || address.getAddress().isAnyLocalAddress()
        || address.getAddress().isMulticastAddress()) {
      return null;
    }
    // The other end of an inbound connection has a port of the moment; it listens on ours.
    return connections.outbound(index)
        ? address
        : new InetSocketAddress(address.getAddress(), config.port());
  }

  /** Dials what is due, and forgets or suspends what is not wanted now. */
  private void settle(Set<String> valid, Set<String> direct) {
    List<DialTarget> due = new ArrayList<>();
    Iterator<Map.Entry<String, DialTarget>> entries = targets.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, DialTarget> entry = entries.next();
      DialTarget target = entry.getValue();
      if (!target.isIdle()) {
        continue;
      }
      if (!valid.contains(entry.getKey())) {
        if (direct.contains(entry.getKey())) {
          target.setState(DialTarget.State.SUSPENDED);
        } else {
          entries.remove();
        }
        continue;
      }
      target.setState(DialTarget.State.WAITING);
      if (target.isNever()) {
        continue;
      }
      if (target.dueNanos() - time.nanos() > 0) {
        evaluation.arm(Deadline.earlier(evaluation.orNever(), target.dueNanos()));
      } else {
        due.add(target);
      }
    }
    // Or the first addresses, when nobody answers there, would keep the last ones waiting for ever.
    due.sort(Comparator.comparingLong(target -> target.dueNanos() - time.nanos()));
    dial(due);
  }

  /** Dials what there is room for, and puts off the rest. */
  private void dial(List<DialTarget> due) {
    int dialled = 0;
    while (dialled < due.size() && mayDial()) {
      DialTarget target = due.get(dialled++);
      target.attempt(time.nanos());
      byLink.put(transport.dial(target.address()), target);
    }
    if (dialled > 0) {
      limitBackOff.startAfresh();
    }
    if (dialled < due.size()) {
      List<DialTarget> rest = due.subList(dialled, due.size());
      long untilNanos = limitBackOff.putOff(rest, isFull(), time.nanos());
      evaluation.arm(Deadline.earlier(evaluation.orNever(), untilNanos));
    }
  }

  private boolean isFull() {
    return config.connectionLimit() != 0 && links.size() >= config.connectionLimit();
  }

  /** Room is made by the end of a connection or an attempt, which calls for a new evaluation. */
  private boolean mayDial() {
    int limit = config.connectionLimit();
    long attempts =
        byLink.values().stream().filter(t -> t.state() == DialTarget.State.ATTEMPTING).count();
    return attempts < MeshConstants.MAX_DIALS && (limit == 0 || links.size() + attempts < limit);
  }
}
