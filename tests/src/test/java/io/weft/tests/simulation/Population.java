package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Ring;
import io.weft.ipam.RingEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** The hosts of a simulation and what has become of them. */
final class Population {
  /** Versions that a router without state must skip when it learns what it owned (ipam.md 10). */
  private static final long MAX_LAG = 16;

  private final Schedule schedule;
  private final SplittableRandom random;
  private final List<SimulatedHost> hosts;
  private final int stableHosts;
  private final Set<SimulatedHost> members = new LinkedHashSet<>();
  private final Set<SimulatedHost> gone = new LinkedHashSet<>();

  /**
   * Nobody is up.
   *
   * @param stableHosts this many first hosts are never gone for good
   */
  Population(
      Schedule schedule, SplittableRandom random, List<SimulatedHost> hosts, int stableHosts) {
    this.schedule = schedule;
    this.random = random;
    this.hosts = List.copyOf(hosts);
    this.stableHosts = stableHosts;
  }

  List<SimulatedHost> hosts() {
    return hosts;
  }

  /** Starts hosts one after the other, each with a few others to dial. */
  void join(List<SimulatedHost> newcomers, long withinNanos) {
    List<SimulatedHost> order = new ArrayList<>(newcomers);
    Collections.shuffle(order, Random.from(random));
    for (SimulatedHost host : order) {
      List<SimulatedHost> targets = new ArrayList<>(hosts.subList(0, stableHosts));
      targets.remove(host);
      Collections.shuffle(targets, Random.from(random));
      targets = new ArrayList<>(targets.subList(0, Math.min(2, targets.size())));
      targets.add(hosts.get(random.nextInt(hosts.size())));
      targets.add(hosts.get(random.nextInt(hosts.size())));
      host.setTargets(targets.stream().distinct().toList());
      schedule.after(random.nextLong(withinNanos), host::start);
      members.add(host);
    }
  }

  List<SimulatedHost> up() {
    return hosts.stream().filter(SimulatedHost::isUp).toList();
  }

  /** Those that were started and have not gone for good. */
  List<SimulatedHost> present() {
    return members.stream().filter(host -> !gone.contains(host)).toList();
  }

  Set<SimulatedHost> gone() {
    return gone;
  }

  /** One that is up, when the first one drawn is. */
  Optional<SimulatedHost> anyUp() {
    return Optional.of(hosts.get(random.nextInt(hosts.size()))).filter(SimulatedHost::isUp);
  }

  /** One that is up and need not come back. */
  Optional<SimulatedHost> anyMortal() {
    return stableHosts == hosts.size()
        ? Optional.empty()
        : Optional.of(hosts.get(random.nextInt(stableHosts, hosts.size())))
            .filter(SimulatedHost::isUp);
  }

  /** A host will not come back. */
  void bury(SimulatedHost host) {
    gone.add(host);
  }

  /** Starts a host that is down after a while, unless it is gone by then. */
  void restartAfter(long nanos, SimulatedHost host) {
    schedule.after(
        nanos,
        () -> {
          if (!host.isUp() && !gone.contains(host)) {
            host.start();
          }
        });
  }

  /** Some of the hosts, each with the same chance. */
  Set<PeerName> some() {
    Set<PeerName> names = new TreeSet<>();
    for (SimulatedHost host : hosts) {
      if (random.nextBoolean()) {
        names.add(host.name());
      }
    }
    return names;
  }

  /**
   * Whether nothing would be lost for ever with the disk of a host: all that are present have the
   * same owners on disk, and know its entries nearly as they are.
   */
  boolean canLose(SimulatedHost loser) {
    Ring ring = loser.ring();
    return !ring.isEmpty()
        && present().stream()
            .filter(host -> !host.equals(loser))
            .allMatch(host -> isNearlyAsNew(ring, host.ring()));
  }

  private static boolean isNearlyAsNew(Ring ring, Ring other) {
    List<RingEntry> entries = ring.entries();
    List<RingEntry> others = other.entries();
    boolean same = entries.size() == others.size();
    for (int i = 0; same && i < entries.size(); i++) {
      RingEntry mine = entries.get(i);
      RingEntry theirs = others.get(i);
      same =
          mine.token() == theirs.token()
              && mine.peer().equals(theirs.peer())
              && mine.version() - theirs.version() < MAX_LAG;
    }
    return same;
  }
}
