package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.ipam.IpamStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A mesh that is born, disturbed in every way that operators know, left in peace and examined. The
 * few first hosts crash but always come back, so that the others find somebody to dial.
 */
final class Simulation {
  private static final int STABLE_HOSTS = 5;

  /** So few addresses that routers run out of their own and must ask each other. */
  private static final String UNIVERSE = "10.32.0.0/24";

  private static final long QUIET_LIMIT_NANOS = 1_800 * Schedule.SECOND;
  private static final long LOOK_NANOS = 20 * Schedule.SECOND;

  private final Schedule schedule = new Schedule();
  private final SplittableRandom random;
  private final SimulatedNetwork network;
  private final Ledger ledger = new Ledger();
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private final List<SimulatedHost> members = new ArrayList<>();
  private final Set<SimulatedHost> gone = new HashSet<>();
  private final List<SimulatedHost> dead = new ArrayList<>();
  private boolean disturbed;

  Simulation(long seed, int routers, boolean fullMesh) {
    random = new SplittableRandom(seed);
    network = new SimulatedNetwork(schedule, random.split());
    SimulatedHost.Options options =
        new SimulatedHost.Options(UNIVERSE, routers, fullMesh, fullMesh ? "password" : null);
    for (int number = 1; number <= routers; number++) {
      PeerName name = new PeerName(random.nextLong(1L << 32) << 8 | number);
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.ofLiteral("192.0.2." + number), SimulatedHost.PORT);
      hosts.add(new SimulatedHost(network, random.split(), ledger, options, name, address));
    }
  }

  /** Lives through everything; throws what goes wrong. */
  void run() {
    join(hosts.subList(0, hosts.size() * 4 / 5));
    disturb(150 * Schedule.SECOND, List.of(this::allocate, this::release));
    awaitQuiet("after the start");
    join(hosts.subList(hosts.size() * 4 / 5, hosts.size()));
    List<Runnable> troubles =
        List.of(
            this::allocate,
            this::allocate,
            this::allocate,
            this::allocate,
            this::release,
            this::release,
            this::release,
            network::breakOne,
            this::crash);
    disturb(180 * Schedule.SECOND, troubles);
    for (int count = 0; count < hosts.size() / 10; count++) {
      anyMortal(SimulatedHost::leave);
      disturb(10 * Schedule.SECOND, troubles);
      anyMortal(this::die);
      disturb(10 * Schedule.SECOND, troubles);
    }
    network.part(halfOfThem());
    disturb(150 * Schedule.SECOND, troubles);
    network.heal();
    disturb(60 * Schedule.SECOND, troubles);
    awaitQuiet("after the disturbances");
    for (SimulatedHost victim : dead) {
      hosts.getFirst().takeOver(victim);
    }
    dead.clear();
    disturb(30 * Schedule.SECOND, List.of(this::allocate, this::release));
    awaitQuiet("after the takeover");
  }

  /** A number that two runs of one seed must share. */
  long digest() {
    return schedule.digest();
  }

  /** What the run amounted to, for the log of the test. */
  String summary() {
    return "%d events in %d virtual seconds, %d connections, %d addresses held"
        .formatted(
            schedule.run(),
            schedule.nowNanos() / Schedule.SECOND,
            network.connections(),
            ledger.size());
  }

  private void join(List<SimulatedHost> newcomers) {
    List<SimulatedHost> order = new ArrayList<>(newcomers);
    Collections.shuffle(order, java.util.Random.from(random));
    for (SimulatedHost host : order) {
      List<SimulatedHost> targets = new ArrayList<>(hosts.subList(0, STABLE_HOSTS));
      Collections.shuffle(targets, java.util.Random.from(random));
      targets = new ArrayList<>(targets.subList(0, 2));
      targets.add(hosts.get(random.nextInt(hosts.size())));
      targets.add(hosts.get(random.nextInt(hosts.size())));
      host.setTargets(targets.stream().distinct().toList());
      schedule.after(random.nextLong(60 * Schedule.SECOND), host::start);
      members.add(host);
    }
  }

  /** Lets one of the troubles happen every second or so. */
  private void disturb(long nanos, List<Runnable> troubles) {
    disturbed = true;
    long end = schedule.nowNanos() + nanos;
    while (schedule.nowNanos() < end) {
      schedule.runFor(random.nextLong(Schedule.SECOND));
      troubles.get(random.nextInt(troubles.size())).run();
    }
    disturbed = false;
  }

  private void allocate() {
    anyUp(SimulatedHost::allocate);
  }

  private void release() {
    anyUp(SimulatedHost::release);
  }

  private void crash() {
    anyUp(host -> {
      host.crash();
      schedule.after(random.nextLong(30 * Schedule.SECOND), () -> restart(host));
    });
  }

  private void restart(SimulatedHost host) {
    if (!host.isUp() && !gone.contains(host)) {
      host.start();
    }
  }

  private void die(SimulatedHost host) {
    host.crash();
    dead.add(host);
  }

  private void anyUp(Consumer<SimulatedHost> what) {
    SimulatedHost host = hosts.get(random.nextInt(hosts.size()));
    if (host.isUp()) {
      what.accept(host);
    }
  }

  private void anyMortal(Consumer<SimulatedHost> what) {
    SimulatedHost host = hosts.get(random.nextInt(STABLE_HOSTS, hosts.size()));
    if (host.isUp()) {
      gone.add(host);
      what.accept(host);
    }
  }

  private Set<PeerName> halfOfThem() {
    Set<PeerName> half = new TreeSet<>();
    for (SimulatedHost host : hosts) {
      if (random.nextBoolean()) {
        half.add(host.name());
      }
    }
    return half;
  }

  /** Lets time pass until nothing is amiss; what is still amiss at the limit is a failure. */
  private void awaitQuiet(String when) {
    long limit = schedule.nowNanos() + QUIET_LIMIT_NANOS;
    schedule.runFor(60 * Schedule.SECOND);
    String amiss = amiss();
    while (!amiss.isEmpty() && schedule.nowNanos() < limit) {
      schedule.runFor(LOOK_NANOS);
      amiss = amiss();
    }
    if (!amiss.isEmpty() || disturbed) {
      throw new AssertionError("no agreement " + when + ": " + amiss);
    }
    up().forEach(SimulatedHost::checkPromises);
  }

  private List<SimulatedHost> up() {
    return hosts.stream().filter(SimulatedHost::isUp).toList();
  }

  private String amiss() {
    List<Supplier<String>> checks =
        List.of(this::everybodyUp, this::sameTopology, this::sameRing, this::everybodyServed);
    for (Supplier<String> check : checks) {
      String finding = check.get();
      if (!finding.isEmpty()) {
        return finding;
      }
    }
    return "";
  }

  private String everybodyUp() {
    for (SimulatedHost host : members) {
      if (!host.isUp() && !gone.contains(host)) {
        return host.name() + " is not up yet";
      }
    }
    return "";
  }

  /** Everybody must know exactly those who are up, and the same of each of them. */
  private String sameTopology() {
    Set<PeerName> names = new TreeSet<>();
    up().forEach(host -> names.add(host.name()));
    List<PeerStatus> first = up().getFirst().router().mesh().peers();
    for (SimulatedHost host : up()) {
      List<PeerStatus> peers = host.router().mesh().peers();
      Set<PeerName> known = new TreeSet<>();
      peers.forEach(peer -> known.add(peer.name()));
      if (!known.equals(names)) {
        return "%s knows %s instead of %s".formatted(host.name(), known, names);
      }
      if (!peers.equals(first)) {
        return "%s sees another topology than %s:%n%s%n%s"
            .formatted(host.name(), up().getFirst().name(), peers, first);
      }
      if (host.router().mesh().routes().unicastTable().size() != names.size()) {
        return host.name() + " has no route to everybody";
      }
    }
    return "";
  }

  /** One owner for each token, the same everywhere, and what is in use lies in its owner's part. */
  private String sameRing() {
    Map<String, PeerName> first = ownersSeenBy(up().getFirst());
    if (first.isEmpty()) {
      return "there is no ring";
    }
    for (SimulatedHost host : up()) {
      Map<String, PeerName> owners = ownersSeenBy(host);
      if (!owners.equals(first)) {
        return "%s sees another ring than %s:%n%s%n%s"
            .formatted(host.name(), up().getFirst().name(), owners, first);
      }
    }
    return "";
  }

  private static Map<String, PeerName> ownersSeenBy(SimulatedHost host) {
    TreeMap<String, PeerName> owners = new TreeMap<>();
    for (IpamStatus.Entry entry : host.router().allocator().status().entries()) {
      owners.put(entry.token() + "+" + entry.size() + " v" + entry.version(), entry.peer());
    }
    return owners;
  }

  private String everybodyServed() {
    for (SimulatedHost host : up()) {
      if (host.waiting() > 0) {
        return "%s still owes %d addresses".formatted(host.name(), host.waiting());
      }
    }
    return "";
  }
}
