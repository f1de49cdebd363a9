package io.weft.router;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.BridgePort;
import io.weft.router.http.ControlApi;
import io.weft.router.http.HttpListener;
import io.weft.router.http.PeerResolver;
import io.weft.router.options.RouterOptions;
import io.weft.router.state.StateException;
import io.weft.router.state.StateFile;
import java.io.IOException;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running router: everything put together in the network namespace of the thread that starts it.
 *
 * <p>It starts from the inside out, so that nobody can ask for what is not there yet: state file,
 * names and bridge, cores, addresses in use, sockets of the mesh, capture, control API, targets. It
 * stops in the opposite order and leaves the bridge and the containers' interfaces where they are.
 */
public final class Router implements AutoCloseable {
  private static final long START_TIMEOUT_SECONDS = 30;
  private static final int HTTP_QUIET_MILLIS = 0;
  private static final int HTTP_TIMEOUT_MILLIS = 2_000;

  private final Teardown teardown;
  private final PeerName name;
  private final @Nullable SocketAddress httpAddress;

  private Router(Teardown teardown, PeerName name, @Nullable SocketAddress httpAddress) {
    this.teardown = teardown;
    this.name = name;
    this.httpAddress = httpAddress;
  }

  /**
   * Starts a router and returns when it is ready.
   *
   * @param onFatal called once, on any thread and not waited for, when the router can no longer
   *     keep its promises and its process should end
   * @throws RouterException when it cannot start; nothing is left running
   */
  public static Router start(RouterOptions options, Consumer<String> onFatal)
      throws RouterException {
    checkPeers(options.peers());
    Teardown teardown = new Teardown();
    try {
      return start(options, onFatal, teardown);
    } catch (IOException | StateException | ExecutionException | TimeoutException e) {
      teardown.run();
      throw new RouterException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      teardown.run();
      throw new RouterException("interrupted while starting");
    } catch (RouterException | RuntimeException e) {
      teardown.run();
      throw e;
    }
  }

  private static Router start(RouterOptions options, Consumer<String> onFatal, Teardown teardown)
      throws IOException,
          StateException,
          RouterException,
          ExecutionException,
          TimeoutException,
          InterruptedException {
    StateFile stateFile = StateFile.open(options.statePrefix());
    teardown.add(stateFile);
    SecureRandom random = new SecureRandom();
    HostSetup host = HostSetup.prepare(options, stateFile, random);
    Collection<String> targets = options.resume() ? stateFile.state().targets() : options.peers();

    BridgePort port = CapturePort.open(options, host.datapath());
    teardown.add(port);
    PeerResolver resolver = new PeerResolver(options.port());
    teardown.add(resolver);
    Cores cores = Cores.create(options, host, stateFile, port, resolver, random, onFatal);
    cores.startThreads(port, teardown);
    cores.onConductor(cores::restore, START_TIMEOUT_SECONDS);
    // Before anybody can ask for an address: no other router by the mesh, no client by the API.
    HostSetup.InUse inUse = host.addressesInUse(options);
    cores.onConductor(() -> cores.preClaim(inUse), START_TIMEOUT_SECONDS);
    cores.openSockets(port, teardown);
    HostPlumbing plumbing = HostPlumbing.open(options, cores);
    teardown.add(plumbing);
    plumbing.collectVanished(inUse);

    EventLoopGroup httpThreads =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("weft-http", true), NioIoHandler.newFactory());
    teardown.add(() ->
        httpThreads
            .shutdownGracefully(HTTP_QUIET_MILLIS, HTTP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
            .awaitUninterruptibly(HTTP_TIMEOUT_MILLIS));
    SocketAddress httpAddress = listen(options, cores, plumbing, httpThreads, teardown);
    // Whoever sees that the router is ready may attach a container at once.
    plumbing.openPlugins();
    cores.onConductor(() -> cores.begin(targets), START_TIMEOUT_SECONDS);
    plumbing.startPlugins();
    return new Router(teardown, host.name(), httpAddress);
  }

  private static void checkPeers(Collection<String> peers) throws RouterException {
    for (String peer : peers) {
      try {
        PeerResolver.check(peer);
      } catch (IllegalArgumentException e) {
        throw new RouterException(e);
      }
    }
  }

  private static @Nullable SocketAddress listen(
      RouterOptions options,
      Cores cores,
      HostPlumbing plumbing,
      EventLoopGroup threads,
      Teardown teardown)
      throws IOException {
    ControlApi api = cores.api(plumbing.exposure(), options.onHost().tracker());
    SocketAddress statusAddress = options.statusAddress();
    if (statusAddress != null) {
      teardown.add(HttpListener.status(threads, statusAddress, api, cores.counters()));
    }
    SocketAddress metricsAddress = options.metricsAddress();
    if (metricsAddress != null) {
      teardown.add(HttpListener.metrics(threads, metricsAddress, api, cores.counters()));
    }
    SocketAddress httpAddress = options.httpAddress();
    if (httpAddress == null) {
      return null;
    }
    HttpListener control = HttpListener.control(threads, httpAddress, api, cores.counters());
    teardown.add(control);
    return control.address();
  }

  /** Our name. */
  public PeerName name() {
    return name;
  }

  /** Where the control API listens, with its real port; null when it does not. */
  public @Nullable SocketAddress httpAddress() {
    return httpAddress;
  }

  /** Stops in order: says good-bye to the peers, stores the state, leaves the bridge. */
  @Override
  public void close() {
    teardown.run();
  }
}
