package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Everything that operators know, at random moments. */
final class Troubles {
  /** So many of the addresses may be asked for that space never runs out altogether. */
  private static final double MAX_USE = 0.6;

  /**
   * Hosts from which on things happen no more often the more there are: nearly everything that
   * happens goes to everybody, and there must be an end to it.
   */
  private static final int MANY_HOSTS = 500;

  /** At the pace of so many hosts it goes on then. */
  private static final int PACE_OF_MANY = 100;

  private static final long LONGEST_DOWN_NANOS = 40 * Schedule.SECOND;
  private static final long LONGEST_CUT_NANOS = 120 * Schedule.SECOND;

  /** A kind of trouble and how often it comes compared to the others. */
  private record Trouble(int weight, Runnable cause) {}

  /** How often each kind has really come about; not every wish for one can be fulfilled. */
  private final SortedMap<String, Integer> counts = new TreeMap<>();

  private final Schedule schedule;
  private final SplittableRandom random;
  private final SimulatedNetwork network;
  private final Population population;
  private final Witness witness;
  private final long capacity;
  private int cuts;

  Troubles(
      SplittableRandom random,
      SimulatedNetwork network,
      Population population,
      Witness witness,
      long addresses) {
    this.schedule = network.schedule();
    this.random = random;
    this.network = network;
    this.population = population;
    this.witness = witness;
    capacity = (long) (addresses * MAX_USE);
  }

  /** Containers come and go, nothing breaks. */
  void work(long nanos) {
    disturb(nanos, everydayWork());
  }

  /** Containers come and go while all kinds of things break. */
  void everything(long nanos) {
    List<Trouble> troubles = everydayWork();
    troubles.add(new Trouble(10, network::breakOne));
    troubles.add(new Trouble(10, this::crash));
    troubles.add(new Trouble(6, this::loseState));
    troubles.add(new Trouble(4, this::part));
    troubles.add(new Trouble(4, this::block));
    troubles.add(new Trouble(1, this::leave));
    troubles.add(new Trouble(1, this::die));
    disturb(nanos, troubles);
  }

  private List<Trouble> everydayWork() {
    List<Trouble> work = new ArrayList<>();
    work.add(new Trouble(40, this::allocate));
    work.add(new Trouble(25, () -> population.anyUp().ifPresent(SimulatedHost::release)));
    work.add(new Trouble(6, this::claim));
    return work;
  }

  /** Lets one of the troubles happen every second or so; more often where there are more hosts. */
  private void disturb(long nanos, List<Trouble> troubles) {
    int total = troubles.stream().mapToInt(Trouble::weight).sum();
    int hosts = population.hosts().size();
    long pause = Schedule.SECOND / (1 + (hosts > MANY_HOSTS ? PACE_OF_MANY : hosts) / 20);
    long end = schedule.nowNanos() + nanos;
    while (schedule.nowNanos() < end) {
      schedule.runFor(random.nextLong(pause));
      int ticket = random.nextInt(total);
      int place = 0;
      while (ticket >= troubles.get(place).weight()) {
        ticket -= troubles.get(place).weight();
        place++;
      }
      troubles.get(place).cause().run();
    }
  }

  private void count(String kind) {
    counts.merge(kind, 1, Integer::sum);
  }

  /** How often each kind of trouble has come about. */
  SortedMap<String, Integer> counts() {
    return Collections.unmodifiableSortedMap(counts);
  }

  private boolean isRoomLeft() {
    return witness.ledger().size() + population.up().stream().mapToInt(SimulatedHost::waiting).sum()
        < capacity;
  }

  private void allocate() {
    population.anyUp().filter(host -> isRoomLeft()).ifPresent(SimulatedHost::allocate);
  }

  private void claim() {
    population.anyUp().filter(host -> isRoomLeft()).ifPresent(SimulatedHost::claim);
  }

  private void crash() {
    population
        .anyUp()
        .ifPresent(host -> {
          count("crash");
          host.crash();
          population.restartAfter(random.nextLong(LONGEST_DOWN_NANOS), host);
        });
  }

  /** See the limits in the comment of {@link Simulation}. */
  private void loseState() {
    population
        .anyUp()
        .filter(population::canLose)
        .ifPresent(host -> {
          count("loss of state");
          host.crashAndLoseState();
          population.restartAfter(Schedule.SECOND + random.nextLong(LONGEST_DOWN_NANOS), host);
        });
  }

  private void part() {
    if (cuts < 3) {
      cuts++;
      count("partition");
      network.part(population.some());
      schedule.after(
          random.nextLong(LONGEST_CUT_NANOS),
          () -> {
            cuts--;
            network.healOne();
          });
    }
  }

  private void block() {
    List<SimulatedHost> hosts = population.hosts();
    PeerName from = hosts.get(random.nextInt(hosts.size())).name();
    PeerName to = hosts.get(random.nextInt(hosts.size())).name();
    count("one-way block");
    network.block(from, to);
  }

  private void leave() {
    population
        .anyMortal()
        .filter(host -> fewAreGone())
        .ifPresent(host -> {
          count("leaving");
          population.bury(host);
          witness.gone(host.name());
          host.leave();
        });
  }

  private void die() {
    population
        .anyMortal()
        .filter(host -> fewAreGone())
        .ifPresent(host -> {
          count("death");
          population.bury(host);
          host.crash();
          witness.gone(host.name());
          witness.ledger().forget(host.name());
        });
  }

  /** A fifth may go: whoever is left still finds space and somebody to dial. */
  private boolean fewAreGone() {
    return population.gone().size() < Math.max(1, population.hosts().size() / 5);
  }
}
