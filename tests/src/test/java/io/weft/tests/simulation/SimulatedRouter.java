package io.weft.tests.simulation;

import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.MeshConfig;
import io.weft.gossip.MeshListener;
import io.weft.gossip.MeshTransport;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.MeshAction;
import io.weft.gossip.wire.MeshConnection;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.gossip.wire.MeshMessage;
import io.weft.ipam.Allocator;
import io.weft.ipam.IpamConfig;
import io.weft.ipam.MeshView;
import io.weft.ipam.PersistedState;
import io.weft.ipam.StateSink;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One life of a router process: the real cores with simulated surroundings. */
final class SimulatedRouter implements MeshTransport, MeshView, MeshListener {
  private final SimulatedNetwork network;
  private final Schedule schedule;
  private final InetSocketAddress address;
  private final HostClock clock;
  private final MeshConfig config;
  private final SplittableRandom random;
  private final byte @Nullable [] password;
  private final EventTime time;
  private @Nullable Cores cores;
  private final Map<Long, SimulatedLink.End> links = new LinkedHashMap<>();
  private final Set<SimulatedLink.End> waiting = new LinkedHashSet<>();
  private long bytesOnTheWay;
  private long nextLink = 1;
  private long alarmNanos = Timed.NEVER;
  private boolean alive = true;

  /** On all links, before none of them takes more: as the sockets' shell does it. */
  private static final long MAX_BYTES_ON_THE_WAY = 2 << 20;

  /** What is real about it. */
  private record Cores(Mesh mesh, Allocator allocator) {}

  SimulatedRouter(
      SimulatedNetwork network,
      SplittableRandom random,
      InetSocketAddress address,
      HostClock clock,
      MeshConfig config,
      byte @Nullable [] password,
      IpamConfig ipam,
      StateSink disk) {
    this.network = network;
    this.schedule = network.schedule();
    this.address = address;
    this.clock = clock;
    this.config = config;
    this.random = random;
    this.password = password;
    long now = schedule.nowNanos();
    time = new EventTime(clock.nanosAt(now), clock.unixMillisAt(now));
    SimulatedOverlays overlays = new SimulatedOverlays(this::later, random.split());
    cores =
        new Cores(
            new Mesh(config, time, random.split(), this, overlays, this),
            new Allocator(ipam, time, random.split(), this, disk));
  }

  /**
   * Comes up from what the disk holds.
   *
   * @param scan claims what runs on this host, before anybody is heard
   */
  void start(@Nullable PersistedState stored, Consumer<Allocator> scan) {
    network.add(this);
    run(started -> {
      Allocator allocator = allocator();
      if (config.extensions()) {
        allocator.connectTakeovers(started.register(allocator.takeoverChannel()));
      }
      allocator.expectPreClaims();
      allocator.start(started.register(allocator), stored);
      scan.accept(allocator);
      allocator.preClaimsComplete(true);
      started.start();
    });
  }

  PeerName name() {
    return config.name();
  }

  InetSocketAddress address() {
    return address;
  }

  boolean isAlive() {
    return alive;
  }

  /** The allocator, for questions; what changes it goes through {@link #withAllocator}. */
  Allocator allocator() {
    return cores().allocator();
  }

  /** The mesh, for questions; what changes it goes through {@link #run}. */
  Mesh mesh() {
    return cores().mesh();
  }

  private Cores cores() {
    return Objects.requireNonNull(cores, "the cores were dropped");
  }

  /** For measurements: nothing but the surroundings stays. */
  void dropCores() {
    cores = null;
  }

  /** Runs one event on the conductor. */
  void run(Consumer<Mesh> event) {
    if (!alive) {
      return;
    }
    setTime();
    event.accept(mesh());
    setAlarm();
  }

  /** Runs one event of the control API on the conductor. */
  void withAllocator(Consumer<Allocator> event) {
    run(same -> event.accept(allocator()));
  }

  /** The process ends, with or without a last word. */
  void end() {
    alive = false;
    network.remove(this);
  }

  /** The state machine of a new connection of ours. */
  @SuppressWarnings("NullAway") // Does not see that the record's array component is nullable.
  MeshConnection connection(
      boolean outbound,
      InetSocketAddress local,
      InetSocketAddress remote,
      Consumer<MeshAction> sink) {
    MeshConnectionParameters parameters =
        new MeshConnectionParameters(1, 2, password, toward -> mesh().localFeatures(toward));
    return new MeshConnection(parameters, outbound, local, remote, time, random, sink);
  }

  /** Lets our cores know what time it is. */
  void setTime() {
    long now = schedule.nowNanos();
    time.advanceTo(clock.nanosAt(now), clock.unixMillisAt(now));
  }

  /** Takes a link, dialled or accepted, and numbers it. */
  long add(SimulatedLink.End end) {
    long number = nextLink++;
    end.setNumber(number);
    links.put(number, end);
    return number;
  }

  /** Whether so much is on its way on all links that none of them takes more. */
  boolean hasMuchOnTheWay() {
    return bytesOnTheWay >= MAX_BYTES_ON_THE_WAY;
  }

  /** A link wants to know when {@link #hasMuchOnTheWay} is over. */
  void wakeLater(SimulatedLink.End end) {
    waiting.add(end);
  }

  /** Bytes have left, or arrived if negative. */
  void noteOnTheWay(int bytes) {
    bytesOnTheWay += bytes;
    if (!waiting.isEmpty() && bytesOnTheWay < MAX_BYTES_ON_THE_WAY / 2) {
      List<SimulatedLink.End> woken = List.copyOf(waiting);
      waiting.clear();
      schedule.after(0, () -> woken.forEach(SimulatedLink.End::wake));
    }
  }

  /** A link has ended. */
  void forget(long number) {
    links.remove(number);
  }

  /** Our ends of all links. */
  List<SimulatedLink.End> ends() {
    return List.copyOf(links.values());
  }

  /** The virtual time of a moment of our monotonic clock. */
  long virtualAt(long hostNanos) {
    return clock.virtualAt(hostNanos);
  }

  private void later(long delayNanos, Runnable action) {
    schedule.after(delayNanos, () -> run(same -> action.run()));
  }

  private void setAlarm() {
    long next =
        Math.min(virtualAt(mesh().nextDeadlineNanos()), virtualAt(allocator().nextDeadlineNanos()));
    if (next < alarmNanos) {
      alarmNanos = next;
      schedule.at(next, () -> wake(next));
    }
  }

  private void wake(long setFor) {
    if (setFor != alarmNanos) {
      return;
    }
    alarmNanos = Timed.NEVER;
    run(same -> {
      same.onTime();
      allocator().onTime();
    });
  }

  @Override
  public long dial(InetSocketAddress remote) {
    return add(network.dial(this, remote));
  }

  @Override
  public void startReading(long link) {
    SimulatedLink.End end = links.get(link);
    if (end != null) {
      end.startReading();
    }
  }

  @Override
  public boolean isWritable(long link) {
    SimulatedLink.End end = links.get(link);
    return end != null && end.isWritable();
  }

  @Override
  public boolean takesControl(long link) {
    SimulatedLink.End end = links.get(link);
    return end != null && end.takesControl();
  }

  @Override
  public void send(long link, MeshMessage message) {
    SimulatedLink.End end = links.get(link);
    if (end != null) {
      end.send(message);
    }
  }

  @Override
  public void close(long link, String reason) {
    SimulatedLink.End end = links.get(link);
    if (end != null) {
      end.close(reason);
    }
  }

  @Override
  public boolean isKnown(PeerName peer) {
    return mesh().isKnownPeer(peer);
  }

  @Override
  public int activeTargets() {
    return mesh().activeTargetCount();
  }

  @Override
  public void routesChanged(Routes routes) {}

  @Override
  public void peerGone(PeerName peer) {}

  @Override
  public void shortIdsInvalidated() {}
}
