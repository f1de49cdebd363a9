package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.AddressRange;
import io.weft.ipam.Ring;
import io.weft.ipam.RingEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
   * Whether nothing would be lost for ever with the disk of a host: all others that have a ring on
   * disk, also those that are down, have it that this one owns the same ranges, and know its
   * entries nearly as they are; they are most of all that are present; and each entry of somebody
   * else's is known to one of them too, since its owner may not have heard of it.
   */
  boolean canLose(SimulatedHost loser) {
    Ring ring = loser.ring();
    List<AddressRange> ranges = ring.rangesOf(loser.name());
    List<RingEntry> entries = entriesOf(loser.name(), ring);
    List<SimulatedHost> others = present().stream().filter(host -> !host.equals(loser)).toList();
    List<Ring> rings =
        others.stream().map(SimulatedHost::ring).filter(other -> !other.isEmpty()).toList();
    return !ring.isEmpty()
        && 3 * rings.size() >= 2 * others.size()
        && rings.stream()
            .allMatch(other ->
                other.rangesOf(loser.name()).equals(ranges)
                    && isNearlyAsNew(entries, entriesOf(loser.name(), other)))
        && knowsMore(rings, loser.name(), ring);
  }

  /** Whether each entry of a ring that is not of its keeper is known elsewhere, or a newer one. */
  private static boolean knowsMore(List<Ring> rings, PeerName keeper, Ring ring) {
    Map<Long, Long> newest = new HashMap<>();
    for (Ring other : rings) {
      other.entries().forEach(entry -> newest.merge(entry.token(), entry.version(), Math::max));
    }
    return ring.entries().stream()
        .allMatch(entry ->
            entry.peer().equals(keeper)
                || entry.version() <= newest.getOrDefault(entry.token(), -1L));
  }

  private static List<RingEntry> entriesOf(PeerName owner, Ring ring) {
    return ring.entries().stream().filter(entry -> entry.peer().equals(owner)).toList();
  }

  private static boolean isNearlyAsNew(List<RingEntry> entries, List<RingEntry> others) {
    boolean same = entries.size() == others.size();
    for (int i = 0; same && i < entries.size(); i++) {
      RingEntry mine = entries.get(i);
      RingEntry theirs = others.get(i);
      same = mine.token() == theirs.token() && mine.version() - theirs.version() < MAX_LAG;
    }
    return same;
  }
}
