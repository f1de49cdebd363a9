package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A mesh that is born, disturbed in every way that operators know, left in peace and examined.
 *
 * <p>A router may lose its state at any moment at which its disk tells nothing that others do not
 * know: all present hosts have the same owners in their rings, also those that are down, and lag
 * behind its own entries by a few versions at most. So nobody else has lost its state and not
 * learnt the ring since. What only a lost disk knew (a grant whose receiver is cut off, the votes
 * of most routers for the first ring) no protocol can bring back, so that is not asked for. The
 * containers of such a host go on, and its router finds their addresses when it starts.
 */
final class Simulation {
  /** How many of the routers know nothing that Weave Net does not know; by chance. */
  private static final int[] PLAIN_PERCENT = {0, 0, 0, 40, 100};

  private final Schedule schedule = new Schedule();
  private final Violations violations = new Violations(schedule);
  private final Witness witness = Witness.of(violations);
  private final SplittableRandom random;
  private final SimulatedNetwork network;
  private final Population population;
  private final Troubles troubles;
  private final Examination examination;

  Simulation(long seed, int routers) {
    random = new SplittableRandom(seed);
    network = new SimulatedNetwork(schedule, random.split());
    List<PeerName> names = new ArrayList<>();
    for (int number = 1; number <= routers; number++) {
      names.add(new PeerName(random.nextLong(1L << 30) << 16 | number));
    }
    Setup setup = Setup.of(names, random);
    int plainPercent = PLAIN_PERCENT[random.nextInt(PLAIN_PERCENT.length)];
    List<SimulatedHost> hosts = new ArrayList<>();
    for (int number = 1; number <= routers; number++) {
      PeerName name = names.get(number - 1);
      boolean extended = random.nextInt(100) >= plainPercent;
      hosts.add(new SimulatedHost(network, random.split(), witness, setup, name, number, extended));
    }
    population = new Population(schedule, random.split(), hosts, setup.stableHosts());
    long addresses = setup.universe().size();
    troubles = new Troubles(random.split(), network, population, witness, addresses);
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
    for (SimulatedHost victim : population.gone()) {
      bury(victim);
    }
    troubles.work(30 * Schedule.SECOND);
    examination.awaitQuiet("after the takeover");
  }

  private void bury(SimulatedHost victim) {
    List<SimulatedHost> up = population.up();
    witness.ledger().forget(victim.name());
    if (!up.get(random.nextInt(up.size())).takeOver(victim)) {
      violations.add("taking over %s, which is gone, is refused".formatted(victim.name()));
    }
    schedule.runFor(random.nextLong(10 * Schedule.SECOND));
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
    return "%d steps in %d virtual seconds, %d connections, %d addresses held"
        .formatted(
            schedule.run(),
            schedule.nowNanos() / Schedule.SECOND,
            network.connections(),
            witness.ledger().size());
  }
}
