package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.ipam.Cidr;
import io.weft.ipam.IpamStatus;
import io.weft.ipam.Ring;
import io.weft.ipam.RingEntry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** What must be true of a mesh that was left in peace for long enough. */
final class Examination {
  private static final long QUIET_LIMIT_NANOS = 1_800 * Schedule.SECOND;
  private static final long FIRST_LOOK_NANOS = 30 * Schedule.SECOND;
  private static final long LOOK_NANOS = 10 * Schedule.SECOND;

  private final Schedule schedule;
  private final Population population;
  private final Witness witness;
  private final Cidr universe;

  Examination(Schedule schedule, Population population, Witness witness, Cidr universe) {
    this.schedule = schedule;
    this.population = population;
    this.witness = witness;
    this.universe = universe;
  }

  /** Lets time pass until nothing is amiss; what is still amiss at the limit is a violation. */
  boolean awaitQuiet(String when) {
    long limit = schedule.nowNanos() + QUIET_LIMIT_NANOS;
    schedule.runFor(FIRST_LOOK_NANOS);
    String amiss = amiss();
    while (!amiss.isEmpty() && schedule.nowNanos() < limit) {
      schedule.runFor(LOOK_NANOS);
      amiss = amiss();
    }
    if (!amiss.isEmpty()) {
      witness.violations().add("no agreement " + when + ": " + amiss);
      return false;
    }
    population.up().forEach(host -> host.checkPromises(when));
    return true;
  }

  private String amiss() {
    List<Supplier<String>> checks =
        List.of(
            this::everybodyUp,
            this::sameTopology,
            this::sameRing,
            this::noQuarantine,
            this::everybodyServed);
    for (Supplier<String> check : checks) {
      String finding = check.get();
      if (!finding.isEmpty()) {
        return finding;
      }
    }
    return "";
  }

  private String everybodyUp() {
    for (SimulatedHost host : population.present()) {
      if (!host.isUp()) {
        return host.name() + " is not up yet";
      }
    }
    return "";
  }

  /** Everybody must know exactly those who are up, and the same of each of them. */
  private String sameTopology() {
    List<SimulatedHost> up = population.up();
    Set<PeerName> names = new TreeSet<>();
    up.forEach(host -> names.add(host.name()));
    List<PeerStatus> first = up.getFirst().router().mesh().peers();
    for (SimulatedHost host : up) {
      List<PeerStatus> peers = host.router().mesh().peers();
      Set<PeerName> known = new TreeSet<>();
      peers.forEach(peer -> known.add(peer.name()));
      if (!known.equals(names)) {
        return "%s knows %s instead of %s".formatted(host.name(), known, names);
      }
      if (!peers.equals(first)) {
        return "%s sees another topology than %s:%n%s%n%s"
            .formatted(host.name(), up.getFirst().name(), peers, first);
      }
      if (host.router().mesh().routes().unicastTable().size() != names.size()) {
        return host.name() + " has no route to everybody";
      }
    }
    return "";
  }

  /** One owner for each token, the same everywhere. */
  private String sameRing() {
    SimulatedHost one = population.up().getFirst();
    Ring first = one.ring();
    if (first.isEmpty()) {
      return "there is no ring";
    }
    for (SimulatedHost host : population.up()) {
      if (!haveSameOwners(host.ring(), first)) {
        return "%s sees another ring than %s:%n%s%n%s"
            .formatted(host.name(), one.name(), owners(host.ring()), owners(first));
      }
    }
    return "";
  }

  /** Whether two rings say the same but for what is free. */
  private static boolean haveSameOwners(Ring one, Ring other) {
    List<RingEntry> entries = one.entries();
    List<RingEntry> others = other.entries();
    boolean same = entries.size() == others.size();
    for (int i = 0; same && i < entries.size(); i++) {
      same = isSame(entries.get(i), others.get(i));
    }
    return same;
  }

  private static boolean isSame(RingEntry one, RingEntry other) {
    return one.token() == other.token()
        && one.version() == other.version()
        && one.peer().equals(other.peer());
  }

  private static Map<String, PeerName> owners(Ring ring) {
    TreeMap<String, PeerName> owners = new TreeMap<>();
    for (RingEntry entry : ring.entries()) {
      owners.put(new Cidr(entry.token(), 32).addressText() + " v" + entry.version(), entry.peer());
    }
    return owners;
  }

  /** Nothing is kept out of use for good. */
  private String noQuarantine() {
    for (SimulatedHost host : population.up()) {
      IpamStatus.Health health = host.router().allocator().status().health();
      if (health.withheld() != null || !health.quarantined().isEmpty()) {
        return "%s keeps addresses out of use: %s".formatted(host.name(), health.lines());
      }
    }
    return "";
  }

  /** Nobody waits while somebody who is up owns a free address. */
  private String everybodyServed() {
    for (SimulatedHost host : population.up()) {
      if (host.waiting() > 0 && freeAddresses(host.ring()) > 0) {
        return "%s still owes %d addresses, of %d that are free"
            .formatted(host.name(), host.waiting(), freeAddresses(host.ring()));
      }
    }
    return "";
  }

  private long freeAddresses(Ring ring) {
    Set<PeerName> up = new TreeSet<>();
    population.up().forEach(host -> up.add(host.name()));
    long free = 0;
    for (long address = universe.hostRange().start();
        address < universe.hostRange().end();
        address++) {
      PeerName owner = ring.owner(address);
      free += owner != null && up.contains(owner) && !witness.ledger().isHeld(address) ? 1 : 0;
    }
    return free;
  }
}
