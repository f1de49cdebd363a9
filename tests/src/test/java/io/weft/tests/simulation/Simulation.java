package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.Reclaiming;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A mesh that is born, disturbed in every way that operators know, left in peace and examined.
 *
 * <p>A router may lose its state at any moment at which its disk tells nothing that others do not
 * know: in all other rings that are on disk, also of hosts that are down, it owns the same ranges,
 * they lag behind its own entries by a few versions at most, and two in three present hosts have a
 * ring. What only a lost disk knew (a grant whose receiver is cut off, the votes of most routers
 * for the first ring) no protocol can bring back, so that is not asked for. The containers of such
 * a host go on, and its router finds their addresses when it starts.
 *
 * <p>Space may also be taken from a host that is alive and out of reach. What such a host hands out
 * until everybody has heard of it is the operator's fault and not counted; all must agree again
 * afterwards, and nothing may be handed out twice from then on.
 */
final class Simulation {
  /** How many of the routers know nothing that Weave Net does not know; by chance. */
  private static final int[] PLAIN_PERCENT = {0, 0, 0, 40, 100};

  /** Takeovers that are refused because owners do not answer are tried this often. */
  private static final int MAX_TRIES = 5;

  /** Gone for long enough, agreed, and known everywhere. */
  private static final long RECLAIM_LIMIT_NANOS = Reclaiming.MIN_NANOS + 120 * Schedule.SECOND;

  private final Schedule schedule = new Schedule();
  private final Violations violations = new Violations(schedule);
  private final Witness witness = Witness.of(violations);
  private final SplittableRandom random;
  private final SimulatedNetwork network;
  private final Setup setup;
  private final Population population;
  private final Troubles troubles;
  private final Examination examination;
  private final Watch watch;
  private int plainHosts;

  Simulation(long seed, int routers) {
    random = new SplittableRandom(seed);
    network = new SimulatedNetwork(schedule, random.split());
    List<PeerName> names = new ArrayList<>();
    for (int number = 1; number <= routers; number++) {
      names.add(new PeerName(random.nextLong(1L << 30) << 16 | number));
    }
    setup = Setup.of(names, random);
    int plainPercent = PLAIN_PERCENT[random.nextInt(PLAIN_PERCENT.length)];
    List<SimulatedHost> hosts = new ArrayList<>();
    for (int number = 1; number <= routers; number++) {
      PeerName name = names.get(number - 1);
      boolean extended = random.nextInt(100) >= plainPercent;
      plainHosts += extended ? 0 : 1;
      hosts.add(new SimulatedHost(network, random.split(), witness, setup, name, number, extended));
    }
    population = new Population(schedule, random.split(), hosts, setup.stableHosts());
    long addresses = setup.universe().size();
    troubles = new Troubles(random.split(), network, population, witness, addresses);
    watch = new Watch(schedule, population, witness);
    examination = new Examination(schedule, population, witness, setup.universe());
  }

  /** Lives through everything, or up to the first thing that leaves no sense in going on. */
  void run() {
    try {
      live();
    } catch (AssertionError | RuntimeException e) {
      StackTraceElement[] trace = e.getStackTrace();
      violations.add("a router fails: %s at %s".formatted(e, trace.length == 0 ? "?" : trace[0]));
    }
  }

  private void live() {
    watch.begin();
    List<SimulatedHost> hosts = population.hosts();
    int founders = (hosts.size() * 4 + 4) / 5;
    population.join(hosts.subList(0, founders), 60 * Schedule.SECOND);
    troubles.work(100 * Schedule.SECOND);
    if (!examination.awaitQuiet("after the start")) {
      return;
    }
    population.join(hosts.subList(founders, hosts.size()), 60 * Schedule.SECOND);
    troubles.everything((120 + random.nextInt(240)) * Schedule.SECOND);
    network.heal();
    troubles.work(30 * Schedule.SECOND);
    if (!examination.awaitQuiet("after the disturbances")) {
      return;
    }
    if (setup.reclaims()) {
      awaitReclaim();
    }
    for (SimulatedHost victim : population.gone()) {
      bury(victim);
    }
    troubles.work(30 * Schedule.SECOND);
    if (!examination.awaitQuiet("after the takeover")) {
      return;
    }
    if (random.nextBoolean()) {
      rob();
      examination.awaitQuiet("after a mistaken takeover");
    }
  }

  /** Space of a host that is only out of reach is taken over while it goes on working. */
  private void rob() {
    List<SimulatedHost> up = population.up();
    SimulatedHost victim = up.get(random.nextInt(up.size()));
    SimulatedHost robber = up.get(random.nextInt(up.size()));
    network.part(Set.of(victim.name()));
    troubles.work((70 + random.nextInt(120)) * Schedule.SECOND);
    if (!robber.router().mesh().isKnownPeer(victim.name())) {
      witness.robbed(victim.name());
      robber.takeOver(victim, random.nextBoolean(), taken -> schedule.note(taken ? 1 : 0));
    }
    troubles.work(random.nextInt(1, 60) * Schedule.SECOND);
    network.heal();
    troubles.work(random.nextInt(1, 60) * Schedule.SECOND);
  }

  /**
   * Takes over the space of a host that is gone, again and again until that succeeds; sometimes two
   * hosts do so at the same time.
   */
  private void bury(SimulatedHost victim) {
    boolean[] done = new boolean[1];
    for (int tries = 0; tries < MAX_TRIES && !done[0]; tries++) {
      List<SimulatedHost> up = population.up();
      List<SimulatedHost> askers = up.stream().filter(SimulatedHost::isExtended).toList();
      if (askers.size() < 2 || random.nextBoolean()) {
        up.get(random.nextInt(up.size())).takeOver(victim, false, taken -> done[0] |= taken);
      } else {
        int first = random.nextInt(askers.size());
        int second = (first + 1 + random.nextInt(askers.size() - 1)) % askers.size();
        askers.get(first).takeOver(victim, false, taken -> done[0] |= taken);
        askers.get(second).takeOver(victim, false, taken -> done[0] |= taken);
      }
      schedule.runFor((11 + random.nextInt(10)) * Schedule.SECOND);
    }
    if (!done[0] && plainHosts == 0) {
      violations.add("nobody may take over %s, which is gone".formatted(victim.name()));
    }
    if (!done[0]) {
      // Half of the owners know nothing of agreements: the operator decides.
      population.up().getFirst().takeOver(victim, true, taken -> schedule.note(1));
    }
  }

  /** Space of hosts that are gone comes back by itself, if the routers were told so. */
  private void awaitReclaim() {
    schedule.runFor(RECLAIM_LIMIT_NANOS);
    Set<PeerName> owners = population.up().getFirst().ring().owners();
    for (SimulatedHost host : population.gone()) {
      if (plainHosts == 0 && owners.contains(host.name())) {
        violations.add("the space of %s, which is gone, is not reclaimed".formatted(host.name()));
      }
    }
  }

  /** A number that two runs of one seed must share. */
  long digest() {
    return schedule.digest();
  }

  /** Events run. */
  long steps() {
    return schedule.run();
  }

  /** What went wrong, in order of time. */
  List<String> violations() {
    return violations.lines();
  }

  /** What the run amounted to, for the log. */
  String summary() {
    return "%d steps in %d virtual seconds, %d connections, %d addresses held, %d plain routers, %s"
        .formatted(
            schedule.run(),
            schedule.nowNanos() / Schedule.SECOND,
            network.connections(),
            witness.ledger().size(),
            plainHosts,
            troubles.counts());
  }
}
