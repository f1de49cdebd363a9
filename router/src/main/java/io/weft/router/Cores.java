package io.weft.router;

import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.MeshConfig;
import io.weft.gossip.MeshListener;
import io.weft.gossip.PeerName;
import io.weft.gossip.Target;
import io.weft.gossip.netty.AcceptLimits;
import io.weft.gossip.netty.MeshTransportCounters;
import io.weft.gossip.netty.MeshTransportParameters;
import io.weft.gossip.netty.NettyMeshTransport;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.topology.Routes;
import io.weft.gossip.wire.MeshConnectionParameters;
import io.weft.ipam.AddressRange;
import io.weft.ipam.Allocator;
import io.weft.ipam.Cidr;
import io.weft.ipam.CorruptStateException;
import io.weft.ipam.InvalidAddressException;
import io.weft.ipam.IpamConfig;
import io.weft.ipam.MeshView;
import io.weft.ipam.OwnedAddresses;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.router.firewall.Firewall;
import io.weft.router.host.AddressScan;
import io.weft.router.host.Exposure;
import io.weft.router.http.ControlApi;
import io.weft.router.http.PeerResolver;
import io.weft.router.http.RouterControl;
import io.weft.router.metrics.Counters;
import io.weft.router.options.RouterOptions;
import io.weft.router.state.StateFile;
import io.weft.router.status.RouterStatus;
import io.weft.router.trace.TraceEnd;
import io.weft.router.trace.Tracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of a router and the conductor that owns it. Once the threads run, only the conductor
 * touches anything here.
 */
final class Cores implements RouterControl, MeshListener {
  private final EventTime time = new EventTime(System.nanoTime(), System.currentTimeMillis());
  private final Counters counters = new Counters();
  private final Conductor conductor = new Conductor(time, counters);
  private final PeerName name;
  private final PeerResolver resolver;
  private final DataPlane dataPlane;
  private final NettyMeshTransport transport;
  private final Mesh mesh;
  private final @Nullable Allocator allocator;
  private final HostSearch hostSearch;
  private final Tracer tracer;
  private final StateKeeper keeper;
  private final TargetBook targets;
  private final StatusSnapshot snapshot;
  private final Consumer<String> onFatal;
  private Routes routes;
  private boolean ready;

  private Cores(
      RouterOptions options,
      HostSetup host,
      StateFile stateFile,
      BridgePort port,
      PeerResolver resolver,
      SecureRandom random,
      Consumer<String> onFatal)
      throws InvalidAddressException, IOException {
    this.resolver = resolver;
    this.onFatal = onFatal;
    name = host.name();
    dataPlane = new DataPlane(options, host, time, conductor, counters, random);
    transport =
        new NettyMeshTransport(
            transportParameters(options, this::localFeatures), conductor, random);
    long uid = random.nextLong() | 1;
    mesh =
        new Mesh(
            meshConfig(options, host, uid), time, random, transport, dataPlane.overlays(), this);
    routes = mesh.routes();
    dataPlane.prepare(mesh);
    hostSearch = new HostSearch(options.bridge(), options.onHost().files());
    tracer =
        new Tracer(
            new LiveTraceView(name, hostSearch, mesh, dataPlane, time, conductor),
            time,
            random::nextLong);
    tracer.connect(mesh.register(tracer));
    keeper = new StateKeeper(stateFile, counters, onFatal);
    allocator = allocator(options, host, uid, random);
    targets = new TargetBook(time, mesh, keeper, resolver, conductor, options.port());
    snapshot = new StatusSnapshot(options, host, time, mesh, allocator, port, dataPlane);
  }

  static Cores create(
      RouterOptions options,
      HostSetup host,
      StateFile stateFile,
      BridgePort port,
      PeerResolver resolver,
      SecureRandom random,
      Consumer<String> onFatal)
      throws RouterException {
    try {
      return new Cores(options, host, stateFile, port, resolver, random, onFatal);
    } catch (InvalidAddressException | IOException e) {
      throw new RouterException(e);
    }
  }

  /** Starts the conductor. */
  void startThreads(BridgePort port, Teardown teardown) {
    dataPlane.openBeside(port, teardown);
    dataPlane.addTimed();
    conductor.addTimed(mesh);
    conductor.addTimed(targets);
    conductor.addTimed(tracer);
    teardown.add(hostSearch);
    if (allocator != null) {
      conductor.addTimed(allocator);
    }
    conductor.afterBatch(keeper::storePostponed);
    conductor.afterBatch(() -> dataPlane.publish(mesh, routes));
    conductor.start();
    teardown.add(conductor);
  }

  /** Puts the allocator back where it was. Conductor. */
  @Nullable Void restore() throws CorruptStateException {
    if (allocator != null) {
      allocator.connectTakeovers(mesh.register(allocator.takeoverChannel()));
      allocator.expectPreClaims();
      allocator.start(mesh.register(allocator), keeper.storedIpam());
    }
    return null;
  }

  /**
   * Claims what was found in use on this host; what the stored state knows keeps its holder and
   * whether that is a container. Conductor.
   */
  @Nullable Void preClaim(HostSetup.InUse inUse) {
    if (allocator == null) {
      return null;
    }
    Map<Long, String> holders = new HashMap<>();
    Map<String, OwnedAddresses> known = allocator.list();
    known.forEach(
        (ident, owned) -> owned.cidrs().forEach(cidr -> holders.put(cidr.address(), ident)));
    for (AddressScan.Found found : inUse.addresses()) {
      Ipv4Prefix prefix = found.address();
      long address = Integer.toUnsignedLong(prefix.address().value());
      String holder = holders.getOrDefault(address, found.ident());
      OwnedAddresses owned = known.get(holder);
      allocator.preClaim(
          holder, new Cidr(address, prefix.length()), owned != null && owned.isContainer());
    }
    allocator.preClaimsComplete(inUse.isComplete());
    return null;
  }

  /** Opens the sockets of the mesh and begins to capture. */
  void openSockets(BridgePort port, Teardown teardown) throws IOException {
    // First, so that the mesh says good-bye while their sockets are still there.
    dataPlane.openOverlays(teardown, onFatal);
    teardown.add(transport);
    transport.start(mesh);
    teardown.add(() -> onConductor(this::end, 10));
    dataPlane.capture(port, onFatal);
  }

  /** Joins the mesh. Conductor. */
  @Nullable Void begin(Collection<String> peers) {
    mesh.start();
    targets.start(peers);
    ready = true;
    return null;
  }

  /** Leaves the mesh for now. Conductor. */
  private @Nullable Void end() {
    ready = false;
    dataPlane.freeze();
    if (allocator != null) {
      allocator.close();
    }
    mesh.shutdown();
    return null;
  }

  /** Runs a call on the conductor and waits for it. */
  <T extends @Nullable Object> void onConductor(Callable<T> call, long timeoutSeconds)
      throws ExecutionException, TimeoutException, InterruptedException {
    conductor.call(call).get(timeoutSeconds, TimeUnit.SECONDS);
  }

  @Override
  public Optional<MeshTransportCounters> transportCounters() {
    return Optional.of(transport.counters());
  }

  ControlApi api(Exposure exposure, String tracker) {
    return new ControlApi(
        this, conductor, resolver, allocator, tracker, counters, dataPlane.totals(), exposure);
  }

  Counters counters() {
    return counters;
  }

  /** The packet filter is there. Conductor. */
  void filterBy(Firewall firewall) {
    dataPlane.filterBy(firewall);
  }

  Executor conductor() {
    return conductor;
  }

  /** Null when this router allocates no addresses; its methods are the conductor's to call. */
  @Nullable Allocator allocator() {
    return allocator;
  }

  /** The ranges that we own in the ring. Conductor. */
  List<AddressRange> ownedRanges() {
    if (allocator == null) {
      return List.of();
    }
    return allocator.status().entries().stream()
        .filter(entry -> entry.peer().equals(name))
        .map(entry -> {
          long start = Integer.toUnsignedLong(Ipv4Address.parse(entry.token()).value());
          return new AddressRange(start, start + entry.size());
        })
        .toList();
  }

  @Override
  public RouterStatus status() {
    return snapshot.take(ready, targets.texts());
  }

  @Override
  public void connect(List<Target> more, boolean replace) {
    targets.connect(more, replace);
  }

  @Override
  public void forget(List<String> texts) {
    targets.forget(texts);
  }

  @Override
  public void trace(TraceEnd source, TraceEnd destination, Consumer<List<String>> reply) {
    tracer.trace(source, destination, reply);
  }

  @Override
  public void attachments(Consumer<Optional<List<AddressScan.Attachment>>> reply) {
    hostSearch.attachments(reply);
  }

  @Override
  public void routesChanged(Routes newRoutes) {
    routes = newRoutes;
    dataPlane.noteChange();
  }

  @Override
  public void peerGone(PeerName peer) {
    dataPlane.forget(peer);
  }

  @Override
  public void shortIdsInvalidated() {
    dataPlane.noteChange();
  }

  private Map<String, String> localFeatures(InetSocketAddress remote) {
    return mesh.localFeatures(remote);
  }

  private @Nullable Allocator allocator(
      RouterOptions options, HostSetup host, long uid, SecureRandom random)
      throws InvalidAddressException {
    Cidr range = options.range();
    Cidr subnet = options.defaultSubnet();
    if (range == null || subnet == null) {
      return null;
    }
    MeshView view = new LiveMeshView(mesh, () -> targets.countOthers());
    IpamConfig config =
        IpamConfig.of(host.name(), uid, host.nickName(), range, subnet, options.initMode())
            .withReclaiming(options.reclaiming());
    return new Allocator(config, time, random, view, keeper);
  }

  private static MeshConfig meshConfig(RouterOptions options, HostSetup host, long uid) {
    return new MeshConfig(
        host.name(),
        host.nickName(),
        uid,
        options.password() != null,
        options.port(),
        options.discovery(),
        options.connectionLimit(),
        options.trustedSubnets());
  }

  private static MeshTransportParameters transportParameters(
      RouterOptions options, Function<InetSocketAddress, Map<String, String>> features) {
    InetAddress bindAddress = InetAddress.ofLiteral(options.host());
    String password = options.password();
    MeshConnectionParameters connection =
        new MeshConnectionParameters(
            options.minProtocolVersion(),
            RouterStatus.MAX_PROTOCOL_VERSION,
            password == null ? null : password.getBytes(StandardCharsets.UTF_8),
            features);
    return new MeshTransportParameters(
        bindAddress.isAnyLocalAddress() ? null : bindAddress,
        options.port(),
        connection,
        AcceptLimits.DEFAULT);
  }
}
