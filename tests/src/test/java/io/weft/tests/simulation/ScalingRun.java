package io.weft.tests.simulation;

import com.sun.management.OperatingSystemMXBean;
import io.weft.gossip.PeerName;
import io.weft.gossip.PeerStatus;
import io.weft.gossip.topology.Connection;
import io.weft.ipam.BootstrapMode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One mesh of undisturbed routers, measured: all but one start at once, are joined by the last and
 * come to rest. Each owns a part of the address space.
 */
final class ScalingRun {
  /** The time that one run was given is over. */
  private static final class OutOfTimeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutOfTimeException(String during) {
      super(during);
    }
  }

  /**
   * What was measured; what was not is no number.
   *
   * @param stormSeconds virtual, from the start of all until they agree
   * @param stormBytes per peer and virtual minute of the storm, as far as it went
   * @param restBytes per peer and virtual minute
   * @param joinSeconds virtual, from the start of one until all agree
   * @param peakBytes the most per router on the heap at any look during the storm, with what is on
   *     its way to others: what the process has more than before they started
   * @param heapBytes per router at rest, its mesh and its allocator
   * @param objectBytes what the table of one router takes as maps of objects with texts, the way
   *     that it is drawn in mesh.md 6.1
   * @param cpuMillis per router and virtual minute at rest, with its share of the simulator
   * @param stopped where the time was over; null when all was measured
   */
  record Figures(
      double stormSeconds,
      double stormBytes,
      double restBytes,
      double joinSeconds,
      double peakBytes,
      double heapBytes,
      double objectBytes,
      double cpuMillis,
      @Nullable String stopped) {}

  private static final int TARGETS = 3;
  private static final long LOOK_NANOS = Schedule.SECOND / 4;
  private static final long SETTLE_NANOS = 90 * Schedule.SECOND;
  private static final long REST_NANOS = 120 * Schedule.SECOND;
  private static final long LIMIT_NANOS = 1_800 * Schedule.SECOND;
  private static final int MAX_COLLECTIONS = 12;
  private static final long STABLE_BYTES = 16 * 1024;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MINUTE_NANOS = 60.0 * Schedule.SECOND;

  private final Schedule schedule = new Schedule();
  private final SplittableRandom random = new SplittableRandom(1);
  private final SimulatedNetwork network = new SimulatedNetwork(schedule, random.split());
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private final long deadlineNanos;
  private int lastDifferent;
  private double stormSeconds = Double.NaN;
  private double stormBytes = Double.NaN;
  private double restBytes = Double.NaN;
  private double joinSeconds = Double.NaN;
  private double peakBytes = Double.NaN;
  private double heapBytes = Double.NaN;
  private double objectBytes = Double.NaN;
  private double cpuMillis = Double.NaN;

  /**
   * A mesh whose routers dial all whom they hear of, or a few each.
   *
   * @param extensions whether the routers use more than Weave Net knows
   * @param budgetNanos processor time after which to give up
   */
  ScalingRun(int routers, boolean full, boolean extensions, long budgetNanos) {
    deadlineNanos = processNanos() + budgetNanos;
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

  /** Runs and measures, as far as the budget goes. */
  Figures run() {
    String stopped = null;
    try {
      storm();
      join();
      rest();
      heap();
    } catch (OutOfTimeException e) {
      stopped = e.getMessage();
    }
    return new Figures(
        stormSeconds,
        stormBytes,
        restBytes,
        joinSeconds,
        peakBytes,
        heapBytes,
        objectBytes,
        cpuMillis,
        stopped);
  }

  /** All but one start within a second. */
  private void storm() {
    List<SimulatedHost> founders = hosts.subList(0, hosts.size() - 1);
    for (SimulatedHost host : founders) {
      schedule.after(random.nextLong(Schedule.SECOND), host::start);
    }
    long before = usedHeapBytes();
    Runnable look =
        () -> {
          double bytes = (double) (collectedHeapBytes() - before) / founders.size();
          peakBytes = Double.isNaN(peakBytes) ? bytes : Math.max(peakBytes, bytes);
        };
    try {
      stormSeconds = seconds(untilAgreed(founders, "join storm", look));
    } finally {
      stormBytes = perPeerMinute((double) network.bytes(), founders.size(), schedule.nowNanos());
    }
    pass(SETTLE_NANOS, "settling after the storm");
  }

  private void join() {
    hosts.getLast().start();
    joinSeconds = seconds(untilAgreed(hosts, "join of one", () -> {}));
    pass(SETTLE_NANOS, "settling after the join");
  }

  private void rest() {
    long bytesBefore = network.bytes();
    long cpuBefore = processorNanos();
    pass(REST_NANOS, "rest");
    double cpu = (processorNanos() - cpuBefore) / NANOS_PER_MILLI;
    cpuMillis = perPeerMinute(cpu, hosts.size(), REST_NANOS);
    restBytes = perPeerMinute((double) network.bytes() - bytesBefore, hosts.size(), REST_NANOS);
  }

  private static double seconds(long nanos) {
    return (double) nanos / Schedule.SECOND;
  }

  /** Time of the processor, so that others on the same machine count for nothing. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** The same of the whole process, since most of the time may go into collecting garbage. */
  private static long processNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double perPeerMinute(double amount, int peers, long nanos) {
    return amount / peers / (nanos / MINUTE_NANOS);
  }

  private long untilAgreed(List<SimulatedHost> all, String what, Runnable look) {
    long start = schedule.nowNanos();
    do {
      pass(LOOK_NANOS, what);
      look.run();
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
      if (processNanos() > deadlineNanos) {
        double virtualSeconds = (double) schedule.nowNanos() / Schedule.SECOND;
        throw new OutOfTimeException("%s at %.1f virtual s".formatted(what, virtualSeconds));
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
  private void heap() {
    schedule.clear();
    hosts.forEach(SimulatedHost::forgetDisk);
    long with = usedHeapBytes();
    Map<PeerName, Map<PeerName, Connection>> objects = asObjects(hosts.getFirst());
    objectBytes = (double) usedHeapBytes() - with;
    int peers = objects.size();
    objects.clear();
    hosts.forEach(host -> host.router().dropCores());
    heapBytes = (double) (with - usedHeapBytes()) / peers;
  }

  /** The table of a router with nothing shared and nothing packed. */
  private static Map<PeerName, Map<PeerName, Connection>> asObjects(SimulatedHost host) {
    Map<PeerName, Map<PeerName, Connection>> peers = new HashMap<>();
    for (PeerStatus peer : host.router().mesh().peers()) {
      Map<PeerName, Connection> connections = new HashMap<>();
      for (PeerStatus.Link link : peer.connections()) {
        PeerName remote = link.name();
        connections.put(
            remote, new Connection(remote, link.address(), link.outbound(), link.established()));
      }
      peers.put(peer.name(), connections);
    }
    return peers;
  }

  /** Bytes in use once the garbage collector finds nothing more. */
  private static long usedHeapBytes() {
    long used = Long.MAX_VALUE;
    for (int times = 0; times < MAX_COLLECTIONS; times++) {
      long now = collectedHeapBytes();
      if (used - now < STABLE_BYTES && now - used < STABLE_BYTES) {
        return now;
      }
      used = now;
    }
    return used;
  }

  private static long collectedHeapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
