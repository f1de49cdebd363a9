package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The wire between the routers: connections that take their time, break, and stand still while the
 * network is parted. Order within a connection is kept, as TCP does; nothing else is promised.
 *
 * <p>Several partitions may hold at a time and overlap. A partition stops what is on its way, and
 * what is left of a connection goes on when it heals. A one-way block stops dials from one host to
 * another, as a firewall does that keeps track of connections; what exists already stays.
 */
final class SimulatedNetwork {
  private static final long MIN_DELAY_NANOS = Schedule.MILLISECOND / 5;
  private static final long MAX_DELAY_NANOS = 40 * Schedule.MILLISECOND;

  /** How long a dial into the void takes to fail. */
  private static final long DIAL_TIMEOUT_NANOS = 5 * Schedule.SECOND;

  private static final int FIRST_EPHEMERAL_PORT = 32_768;
  private static final int EPHEMERAL_PORTS = 28_000;

  private record Block(PeerName from, PeerName to) {}

  private final Schedule schedule;
  private final RandomGenerator random;
  private final Map<InetSocketAddress, SimulatedRouter> listeners = new HashMap<>();
  private final Set<SimulatedLink> links = new LinkedHashSet<>();
  private final List<Set<PeerName>> islands = new ArrayList<>();
  private final Set<Block> blocks = new HashSet<>();
  private int ephemeral;
  private long bytes;

  SimulatedNetwork(Schedule schedule, RandomGenerator random) {
    this.schedule = schedule;
    this.random = random;
  }

  Schedule schedule() {
    return schedule;
  }

  /** A router starts to listen. */
  void add(SimulatedRouter router) {
    listeners.put(router.address(), router);
  }

  /** A router ends: its kernel resets every connection. */
  void remove(SimulatedRouter router) {
    listeners.remove(router.address(), router);
    for (SimulatedLink.End end : router.ends()) {
      end.abandon();
    }
  }

  /** Parts the given hosts from all others, on top of what is parted already. */
  void part(Set<PeerName> names) {
    islands.add(Set.copyOf(names));
  }

  /** Ends one partition, whichever. */
  void healOne() {
    if (!islands.isEmpty()) {
      islands.remove(random.nextInt(islands.size()));
      resume();
    }
  }

  /** Stops dials from one host to another. */
  void block(PeerName from, PeerName to) {
    blocks.add(new Block(from, to));
  }

  /** Everybody may reach everybody again. */
  void heal() {
    islands.clear();
    blocks.clear();
    resume();
  }

  /** Whether no partition and no block holds. */
  boolean isWhole() {
    return islands.isEmpty() && blocks.isEmpty();
  }

  private void resume() {
    for (SimulatedLink link : List.copyOf(links)) {
      link.resume();
    }
  }

  /** Breaks one connection; its ends notice it one after the other. */
  void breakOne() {
    if (links.isEmpty()) {
      return;
    }
    SimulatedLink link = List.copyOf(links).get(random.nextInt(links.size()));
    link.sever();
    link.dialler().breakAfter(random.nextLong(2 * Schedule.SECOND), "broken pipe");
    link.acceptor().breakAfter(random.nextLong(2 * Schedule.SECOND), "broken pipe");
  }

  /** Dials for a router, which learns the outcome through the link's end. */
  SimulatedLink.End dial(SimulatedRouter from, InetSocketAddress address) {
    ephemeral = (ephemeral + 1) % EPHEMERAL_PORTS;
    InetSocketAddress local =
        new InetSocketAddress(from.address().getAddress(), FIRST_EPHEMERAL_PORT + ephemeral);
    long delay = MIN_DELAY_NANOS + random.nextLong(MAX_DELAY_NANOS - MIN_DELAY_NANOS);
    SimulatedLink link = new SimulatedLink(this, delay);
    SimulatedLink.End end = link.dialledBy(from, local, address);
    schedule.after(2 * delay, () -> connect(link, address));
    return end;
  }

  private void connect(SimulatedLink link, InetSocketAddress address) {
    SimulatedLink.End dialler = link.dialler();
    SimulatedRouter to = listeners.get(address);
    if (to == null) {
      dialler.breakAfter(0, "dial tcp4 " + address + ": connect: connection refused");
    } else if (!mayDial(dialler.router().name(), to.name())) {
      dialler.breakAfter(DIAL_TIMEOUT_NANOS, "dial tcp4 " + address + ": i/o timeout");
    } else if (dialler.isOpen() && dialler.router().isAlive()) {
      links.add(link);
      link.acceptedBy(to);
    }
  }

  private boolean mayDial(PeerName from, PeerName to) {
    return reachable(from, to) && !blocks.contains(new Block(from, to));
  }

  /** Whether packets pass between two hosts. */
  boolean reachable(PeerName one, PeerName other) {
    for (Set<PeerName> island : islands) {
      if (island.contains(one) != island.contains(other)) {
        return false;
      }
    }
    return true;
  }

  /** By how much a packet is late. */
  long jitterNanos(long delayNanos) {
    return random.nextLong(delayNanos / 2 + 1);
  }

  void forget(SimulatedLink link) {
    links.remove(link);
  }

  void countBytes(int count) {
    bytes += count;
  }

  /** Bytes that routers have put on the wire, with the framing of the mesh. */
  long bytes() {
    return bytes;
  }

  /** How many connections there are. */
  int connections() {
    return links.size();
  }
}
