package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The wire between the routers: connections that take their time, break, and fall silent when the
 * network is parted. Order within a connection is kept, as TCP does; nothing else is promised.
 */
final class SimulatedNetwork {
  private static final long MIN_DELAY_NANOS = Schedule.MILLISECOND / 5;
  private static final long MAX_DELAY_NANOS = 40 * Schedule.MILLISECOND;

  /** How long a dial into the void takes to fail. */
  private static final long DIAL_TIMEOUT_NANOS = 5 * Schedule.SECOND;

  private static final int FIRST_EPHEMERAL_PORT = 32_768;
  private static final int EPHEMERAL_PORTS = 28_000;

  private final Schedule schedule;
  private final RandomGenerator random;
  private final Map<InetSocketAddress, SimulatedRouter> listeners = new HashMap<>();
  private final Set<SimulatedLink> links = new LinkedHashSet<>();
  private @Nullable Set<PeerName> island;
  private int ephemeral;

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

  /** A router ends: its kernel resets every connection that still gets through. */
  void remove(SimulatedRouter router) {
    listeners.remove(router.address(), router);
    for (SimulatedLink link : List.copyOf(links)) {
      SimulatedLink.End end = link.endOf(router);
      if (end != null) {
        end.abandon();
        SimulatedLink.End other = end == link.dialler() ? link.acceptor() : link.dialler();
        if (reachable(router, other.router())) {
          other.breakAfter(link.delayNanos(), "read: connection reset by peer");
        }
      }
    }
  }

  /** Parts the given routers from all others; connections between the two sides fall silent. */
  void part(Set<PeerName> names) {
    island = Set.copyOf(names);
    for (SimulatedLink link : links) {
      if (!reachable(link.dialler().router(), link.acceptor().router())) {
        link.sever();
      }
    }
  }

  /** Everybody may reach everybody again, by new connections. */
  void heal() {
    island = null;
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
    SimulatedLink link = new SimulatedLink(schedule, delay, links::remove);
    SimulatedLink.End end = link.dialledBy(from, local, address);
    schedule.after(2 * delay, () -> connect(link, address));
    return end;
  }

  private void connect(SimulatedLink link, InetSocketAddress address) {
    SimulatedLink.End dialler = link.dialler();
    SimulatedRouter to = listeners.get(address);
    if (to == null) {
      dialler.breakAfter(0, "dial tcp4 " + address + ": connect: connection refused");
    } else if (!reachable(dialler.router(), to)) {
      dialler.breakAfter(DIAL_TIMEOUT_NANOS, "dial tcp4 " + address + ": i/o timeout");
    } else if (dialler.isOpen() && dialler.router().isAlive()) {
      links.add(link);
      link.acceptedBy(to);
    }
  }

  private boolean reachable(SimulatedRouter one, SimulatedRouter other) {
    return island == null || island.contains(one.name()) == island.contains(other.name());
  }

  /** How many connections there are. */
  int connections() {
    return links.size();
  }
}
