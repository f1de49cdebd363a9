package io.weft.router.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Target;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.channel.GossipSender;
import io.weft.ipam.Allocator;
import io.weft.ipam.BootstrapMode;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamConfig;
import io.weft.ipam.IpamStatus;
import io.weft.ipam.MeshView;
import io.weft.ipam.PersistedState;
import io.weft.ipam.StateSink;
import io.weft.router.Conductor;
import io.weft.router.host.AddressScan;
import io.weft.router.metrics.Counters;
import io.weft.router.metrics.OverlayTotals;
import io.weft.router.status.RouterStatus;
import io.weft.router.status.SampleStatus;
import io.weft.router.trace.TraceEnd;
import io.weft.sleeve.SleeveOverlay;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Both HTTP addresses on loopback, with a real conductor and allocator and no mesh. */
final class ApiBench implements AutoCloseable {
  private static final PeerName SELF = new PeerName(1);

  final Counters counters = new Counters();
  final RecordingControl control = new RecordingControl();
  private final Conductor conductor;
  private final PeerResolver resolver = new PeerResolver(6783);
  private final EventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final @Nullable Allocator allocator;
  private final HttpListener listener;
  private final HttpListener statusListener;
  private final HttpListener metricsListener;

  private final HeldDisk disk;

  private ApiBench(@Nullable Allocator allocator, EventTime time, HeldDisk disk) throws Exception {
    this.allocator = allocator;
    this.disk = disk;
    conductor = new Conductor(time, counters);
    conductor.start();
    if (allocator != null) {
      conductor
          .call(() -> {
            allocator.start(new NoMesh(), null);
            conductor.addTimed(allocator);
            return true;
          })
          .get(30, TimeUnit.SECONDS);
    }
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    SleeveOverlay sleeve = new SleeveOverlay(anyPort, 1, time, conductor::hint);
    ControlApi api =
        new ControlApi(
            control,
            conductor,
            resolver,
            allocator,
            "no-masq-local",
            counters,
            new OverlayTotals(sleeve.counters()::get, counter -> 0, counter -> 0),
            null);
    listener = HttpListener.control(threads, anyPort, api, counters);
    statusListener = HttpListener.status(threads, anyPort, api, counters);
    metricsListener = HttpListener.metrics(threads, anyPort, api, counters);
  }

  /** Starts with a cluster of so many peers, of which only this one is there; 0 for derived. */
  static ApiBench start(int clusterSize) throws Exception {
    return start(clusterSize, new HeldDisk(false));
  }

  /** Starts alone; what requests change is stored only by {@link #store}. */
  static ApiBench startHolding() throws Exception {
    return start(1, new HeldDisk(true));
  }

  private static ApiBench start(int clusterSize, HeldDisk disk) throws Exception {
    Cidr range = Cidr.parseSubnet("10.32.0.0/24");
    EventTime time = new EventTime(System.nanoTime(), System.currentTimeMillis());
    IpamConfig config =
        IpamConfig.of(SELF, 7, "one", range, range, new BootstrapMode.Consensus(clusterSize));
    Allocator allocator =
        new Allocator(config, time, new SplittableRandom(1), new AloneView(), disk);
    return new ApiBench(allocator, time, disk);
  }

  static ApiBench startWithoutAllocator() throws Exception {
    return new ApiBench(null, new EventTime(System.nanoTime(), 0), new HeldDisk(false));
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.address();
  }

  InetSocketAddress statusAddress() {
    return (InetSocketAddress) statusListener.address();
  }

  InetSocketAddress metricsAddress() {
    return (InetSocketAddress) metricsListener.address();
  }

  /** Runs an event on the conductor, after what it is doing. */
  void onConductor(Runnable event) {
    conductor.execute(event);
  }

  /** Runs an event on the thread that serves the clients, after what it is doing. */
  @SuppressWarnings("FutureReturnValueIgnored") // Tests wait for what the event does.
  void onHttpThread(Runnable event) {
    threads.next().execute(event);
  }

  /** Stores what was held back. */
  void store() {
    conductor.execute(disk.postponed);
  }

  /** A ring that gives this peer everything arrives from another one. Conductor. */
  void receiveRing() {
    EventTime itsTime = new EventTime(0, 0);
    PeerName other = new PeerName(2);
    try {
      Cidr range = Cidr.parseSubnet("10.32.0.0/24");
      IpamConfig config =
          IpamConfig.of(other, 8, "two", range, range, new BootstrapMode.Seed(List.of(SELF)));
      Allocator its =
          new Allocator(config, itsTime, new SplittableRandom(2), new AloneView(), state -> {});
      its.start(new NoMesh(), null);
      GossipData state = its.fullState();
      if (state == null) {
        throw new AssertionError("the other peer has no state");
      }
      for (byte[] payload : state.encode()) {
        requireAllocator().onBroadcast(other, payload);
      }
    } catch (InvalidAddressException | GossipException e) {
      throw new AssertionError(e);
    }
  }

  /** Requests that wait in the allocator. */
  int pending() {
    try {
      IpamStatus status =
          conductor.call(() -> requireAllocator().status()).get(30, TimeUnit.SECONDS);
      return status.pendingAllocates().size() + status.pendingClaims().size();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Addresses that the allocator has given out. */
  int addressesHeld() {
    try {
      return conductor.call(() -> requireAllocator().list().size()).get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Allocator requireAllocator() {
    Allocator present = allocator;
    if (present == null) {
      throw new AssertionError("this bench has no allocator");
    }
    return present;
  }

  @Override
  public void close() {
    listener.close();
    statusListener.close();
    metricsListener.close();
    threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    conductor.close();
    resolver.close();
  }

  /** Answers with a sample and notes what it is asked to do. */
  final class RecordingControl implements RouterControl {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    volatile boolean ready = true;
    volatile Optional<List<AddressScan.Attachment>> attachments = Optional.empty();

    List<String> calls() {
      return List.copyOf(calls);
    }

    @Override
    public RouterStatus status() {
      Allocator present = allocator;
      return SampleStatus.alone(ready, present == null ? null : present.status());
    }

    @Override
    public void connect(List<Target> targets, boolean replace) {
      String texts = targets.stream().map(Target::text).collect(Collectors.joining(", "));
      calls.add((replace ? "replace " : "connect ") + texts);
    }

    @Override
    public void forget(List<String> texts) {
      calls.add("forget " + String.join(", ", texts));
    }

    @Override
    public void trace(TraceEnd source, TraceEnd destination, Consumer<List<String>> reply) {
      reply.accept(List.of("from " + source, "to " + destination));
    }

    @Override
    public void attachments(Consumer<Optional<List<AddressScan.Attachment>>> reply) {
      reply.accept(attachments);
    }
  }

  /** Stores nothing, at once or when it is told to. */
  private static final class HeldDisk implements StateSink {
    private final boolean isHolding;
    private volatile Runnable postponed = () -> {};

    HeldDisk(boolean isHolding) {
      this.isHolding = isHolding;
    }

    @Override
    public void persist(PersistedState state) {}

    @Override
    public boolean postpone(Runnable store) {
      postponed = store;
      return isHolding;
    }
  }

  private static final class AloneView implements MeshView {
    @Override
    public boolean isKnown(PeerName peer) {
      return peer.equals(SELF);
    }

    @Override
    public int activeTargets() {
      return 0;
    }
  }

  private static final class NoMesh implements GossipSender {
    @Override
    public void unicast(PeerName destination, byte[] payload) {}

    @Override
    public void broadcast(GossipData data) {}

    @Override
    public void gossip(GossipData data) {}
  }
}
