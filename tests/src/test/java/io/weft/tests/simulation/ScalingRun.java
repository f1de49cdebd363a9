package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.ipam.BootstrapMode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One mesh of undisturbed routers, measured: all but one start at once, are joined by the last and
 * come to rest. Each owns a part of the address space.
 */
final class ScalingRun {
  /** The time that one run was given is over. */
  static final class OutOfTimeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutOfTimeException(String during) {
      super(during);
    }
  }

  /**
   * What was measured.
   *
   * @param stormSeconds virtual, from the start of all until they agree
   * @param stormBytes per peer and virtual minute of the storm
   * @param restBytes per peer and virtual minute
   * @param joinSeconds virtual, from the start of one until all agree
   * @param heapBytes per router, its mesh and its allocator
   * @param cpuMillis per router and virtual minute at rest, with its share of the simulator
   */
  record Figures(
      double stormSeconds,
      double stormBytes,
      double restBytes,
      double joinSeconds,
      double heapBytes,
      double cpuMillis) {}

  private static final int TARGETS = 3;
  private static final long LOOK_NANOS = Schedule.SECOND / 4;
  private static final long SETTLE_NANOS = 90 * Schedule.SECOND;
  private static final long REST_NANOS = 120 * Schedule.SECOND;
  private static final long LIMIT_NANOS = 1_800 * Schedule.SECOND;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MINUTE_NANOS = 60.0 * Schedule.SECOND;

  private final Schedule schedule = new Schedule();
  private final SplittableRandom random = new SplittableRandom(1);
  private final SimulatedNetwork network = new SimulatedNetwork(schedule, random.split());
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private final long deadlineNanos;
  private int lastDifferent;

  /**
   * A mesh whose routers dial all whom they hear of, or a few each.
   *
   * @param extensions whether the routers use more than Weave Net knows
   * @param budgetNanos processor time after which to give up
   */
  ScalingRun(int routers, boolean full, boolean extensions, long budgetNanos) {
    deadlineNanos = processorNanos() + budgetNanos;
    List<PeerName> names = new ArrayList<>();
    for (int number = 1; number <= routers; number++) {
      names.add(new PeerName(random.nextLong(1L << 30) << 16 | number));
    }
    Setup setup =
        new Setup(Setup.universe(routers), new BootstrapMode.Seed(names), full, null, false, 1);
    Witness witness = Witness.blind(new Violations(schedule));
    for (int number = 1; number <= routers; number++) {
      hosts.add(
          new SimulatedHost(
              network, random.split(), witness, setup, names.get(number - 1), number, extensions));
    }
    for (SimulatedHost host : hosts) {
      List<SimulatedHost> targets = new ArrayList<>();
      for (int number = 0; number < TARGETS; number++) {
        targets.add(hosts.get(full ? number : random.nextInt(routers)));
      }
      targets.remove(host);
      host.setTargets(targets.stream().distinct().toList());
    }
  }

  /**
   * Runs and measures.
   *
   * @throws OutOfTimeException when the budget is used up
   */
  Figures run() {
    List<SimulatedHost> founders = hosts.subList(0, hosts.size() - 1);
    for (SimulatedHost host : founders) {
      schedule.after(random.nextLong(Schedule.SECOND), host::start);
    }
    long stormNanos = untilAgreed(founders, "join storm");
    double stormBytes = perPeerMinute((double) network.bytes(), founders.size(), stormNanos);
    pass(SETTLE_NANOS, "settling");
    hosts.getLast().start();
    long joinNanos = untilAgreed(hosts, "join of one");
    pass(SETTLE_NANOS, "settling");
    long bytesBefore = network.bytes();
    long cpuBefore = processorNanos();
    pass(REST_NANOS, "rest");
    long cpuNanos = processorNanos() - cpuBefore;
    long bytes = network.bytes() - bytesBefore;
    double restBytes = perPeerMinute((double) bytes, hosts.size(), REST_NANOS);
    return new Figures(
        (double) stormNanos / Schedule.SECOND,
        stormBytes,
        restBytes,
        (double) joinNanos / Schedule.SECOND,
        heapPerRouter(),
        perPeerMinute(cpuNanos / NANOS_PER_MILLI, hosts.size(), REST_NANOS));
  }

  /** Time of the processor, so that others on the same machine count for nothing. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double perPeerMinute(double amount, int peers, long nanos) {
    return amount / peers / (nanos / MINUTE_NANOS);
  }

  private long untilAgreed(List<SimulatedHost> all, String what) {
    long start = schedule.nowNanos();
    do {
      pass(LOOK_NANOS, what);
      if (schedule.nowNanos() - start > LIMIT_NANOS) {
        throw new OutOfTimeException(what + " has no end");
      }
    } while (!isAgreed(all));
    return schedule.nowNanos() - start;
  }

  private void pass(long nanos, String what) {
    long end = schedule.nowNanos() + nanos;
    while (schedule.nowNanos() < end) {
      schedule.runFor(Math.min(LOOK_NANOS / 10, end - schedule.nowNanos()));
      if (processorNanos() > deadlineNanos) {
        double virtualSeconds = (double) schedule.nowNanos() / Schedule.SECOND;
        throw new OutOfTimeException("%s, after %.1f virtual s".formatted(what, virtualSeconds));
      }
    }
  }

  /** Whether all know and reach each other and have the same version of everybody. */
  private boolean isAgreed(List<SimulatedHost> all) {
    // Whoever differed at the last look is likely to differ still.
    for (int count = 0; count < all.size(); count++) {
      int place = (lastDifferent + count) % all.size();
      SimulatedHost host = all.get(place);
      if (!host.isUp()
          || host.router().mesh().routes().unicastTable().size() != all.size()
          || host.ring().isEmpty()) {
        lastDifferent = place;
        return false;
      }
    }
    Map<PeerName, Long> first = versionsSeenBy(all.getFirst());
    for (int count = 0; count < all.size(); count++) {
      int place = (lastDifferent + count) % all.size();
      if (!versionsSeenBy(all.get(place)).equals(first)) {
        lastDifferent = place;
        return false;
      }
    }
    return true;
  }

  private static Map<PeerName, Long> versionsSeenBy(SimulatedHost host) {
    Map<PeerName, Long> versions = new TreeMap<>();
    for (PeerStatus peer : host.router().mesh().peers()) {
      versions.put(peer.name(), peer.version());
    }
    return versions;
  }

  /** What the heap shrinks by when the cores go and all else stays. */
  private double heapPerRouter() {
    schedule.clear();
    hosts.forEach(SimulatedHost::forgetDisk);
    long with = usedHeapBytes();
    hosts.forEach(host -> host.router().dropCores());
    return (double) (with - usedHeapBytes()) / hosts.size();
  }

  private static long usedHeapBytes() {
    for (int times = 0; times < 3; times++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
