package io.weft.router;

import io.weft.cni.plugin.PluginService;
import io.weft.fastpath.KernelPath;
import io.weft.ipam.AddressRange;
import io.weft.ipam.Allocator;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.router.firewall.Firewall;
import io.weft.router.firewall.FirewallState;
import io.weft.router.host.Bridge;
import io.weft.router.host.BridgeWatch;
import io.weft.router.host.DockerBridge;
import io.weft.router.host.Exposure;
import io.weft.router.host.HostSysctls;
import io.weft.router.options.RouterOptions;
import io.weft.router.plugin.ConductorServices;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a router does on its host beside carrying frames: packet filter rules, the bridge's own
 * addresses, and the CNI plugins.
 */
final class HostPlumbing implements AutoCloseable {
  /** Our choice: what is watched changes seldom, and people wait for it. */
  private static final long WATCH_SECONDS = 3;

  private static final String SYSCTLS_SUFFIX = "sysctl";

  private static final System.Logger LOGGER = System.getLogger(HostPlumbing.class.getName());

  private final RouterOptions options;
  private final Cores cores;
  private final Firewall firewall;
  private final Exposure exposure;
  private final ScheduledExecutorService watch;
  private @Nullable PluginService plugins;

  private HostPlumbing(
      RouterOptions options, Cores cores, Optional<FirewallState.DockerBridge> docker) {
    this.options = options;
    this.cores = cores;
    firewall =
        Firewall.open(
            backend(options),
            new FirewallState(
                options.bridge(),
                Optional.ofNullable(options.httpAddress())
                    .filter(InetSocketAddress.class::isInstance)
                    .map(InetSocketAddress.class::cast)
                    .filter(address -> address.getAddress().isLoopbackAddress())
                    .map(InetSocketAddress::getPort),
                List.of(),
                options.onHost().noMasqLocal(),
                List.of(),
                List.of(),
                docker));
    cores.conductor().execute(() -> cores.filterBy(firewall));
    exposure = new Exposure(options.bridge(), Path.of(options.statePrefix() + "expose"), firewall);
    watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("host-watch").factory());
  }

  /** Sets the rules, and puts back what was exposed before. */
  static HostPlumbing open(RouterOptions options, Cores cores) throws IOException {
    new HostSysctls(Path.of(options.statePrefix() + SYSCTLS_SUFFIX)).set();
    String docker = options.onHost().dockerBridge();
    HostPlumbing plumbing =
        new HostPlumbing(
            options,
            cores,
            docker == null
                ? Optional.empty()
                : Optional.of(DockerBridge.prepare(docker, options.port())));
    plumbing.exposure.restore();
    BridgeWatch bridge = new BridgeWatch(options.bridge());
    plumbing.repeat(bridge::look);
    if (options.onHost().noMasqLocal()) {
      plumbing.repeat(plumbing::updateRanges);
    }
    return plumbing;
  }

  private void repeat(Runnable task) {
    // What throws would not be run again, and nobody would hear of it.
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            if (!watch.isShutdown()) {
              LOGGER.log(Level.WARNING, "a look at this host has failed, the next one follows", e);
            }
          }
        };
    var _ = watch.scheduleWithFixedDelay(guarded, 0, WATCH_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Frees what containers have left that vanished while no router ran. Before anybody can ask for
   * an address: what is given out later was not looked for.
   *
   * @param inUse what was found on this host
   */
  void collectVanished(HostSetup.InUse inUse) throws IOException {
    Set<Ipv4Address> found = new HashSet<>();
    inUse.addresses().forEach(one -> found.add(one.address().address()));
    // What was not looked at may be in use.
    int freed =
        PluginService.collectVanished(
            services(),
            pluginFolder(),
            prefix -> !inUse.isComplete() || found.contains(prefix.address()));
    if (freed > 0) {
      LOGGER.log(Level.INFO, "freed what {0} vanished containers have left", freed);
    }
  }

  /** Lets CNI plugins call from now on; they wait until {@link #startPlugins}. */
  void openPlugins() throws IOException {
    String socket = options.onHost().cniSocket();
    if (socket != null) {
      plugins =
          PluginService.open(
              services(), socket.isEmpty() ? usualSocket() : Path.of(socket), pluginFolder());
    }
  }

  /** Begins to answer CNI plugins, and to watch what others have attached. */
  void startPlugins() {
    PluginService service = plugins;
    if (service != null) {
      service.start();
    }
    Allocator allocator = cores.allocator();
    if (allocator != null) {
      Path folder = pluginFolder();
      ContainerWatch containers =
          new ContainerWatch(
              options.bridge(),
              options.onHost().files(),
              cores.conductor(),
              allocator,
              () -> PluginService.identities(folder));
      repeat(containers::look);
    }
  }

  private ConductorServices services() {
    return new ConductorServices(
        options.bridge(), cores.conductor(), cores.allocator(), options.defaultSubnet(), exposure);
  }

  private Path pluginFolder() {
    return Path.of(options.statePrefix() + "cni");
  }

  /** Where the plugins' program looks: hosts made of namespaces share a file system. */
  private static Path usualSocket() throws IOException {
    try (NetworkNamespace own = NetworkNamespace.current()) {
      return Path.of("/run/weave", Long.toString(own.inode()), "cni.sock");
    }
  }

  Exposure exposure() {
    return exposure;
  }

  private static Firewall.Backend backend(RouterOptions options) {
    return switch (options.onHost().firewallBackend()) {
      case TABLE -> Firewall.Backend.TABLE;
      case NFT -> Firewall.Backend.IPTABLES_NFT;
      case LEGACY -> Firewall.Backend.IPTABLES_LEGACY;
    };
  }

  private void updateRanges() {
    cores
        .conductor()
        .execute(() -> {
          List<Ipv4Prefix> prefixes = new ArrayList<>();
          cores.ownedRanges().forEach(range -> prefixes.addAll(prefixesOf(range)));
          firewall.change(state -> state.withLocalRanges(prefixes));
        });
  }

  /** The fewest prefixes that cover a range. */
  static List<Ipv4Prefix> prefixesOf(AddressRange range) {
    List<Ipv4Prefix> prefixes = new ArrayList<>();
    long from = range.start();
    while (from < range.end()) {
      int bits = from == 0 ? Integer.SIZE : Long.numberOfTrailingZeros(from);
      bits = Math.min(bits, Integer.SIZE);
      while ((1L << bits) > range.end() - from) {
        bits--;
      }
      prefixes.add(new Ipv4Prefix(new Ipv4Address((int) from), Integer.SIZE - bits));
      from += 1L << bits;
    }
    return prefixes;
  }

  /**
   * Removes what a router has left in the kernel: packet filter rules, and of its overlay also what
   * is on interfaces of others. Puts kernel parameters back.
   */
  static void undo(RouterOptions options) throws IOException {
    // What carries frames goes first: no moment without the rules that keep plain text in.
    try (Netlink netlink = Netlink.open()) {
      KernelPath.remove(netlink, Bridge.BRIDGE_PORT);
    } finally {
      Firewall.removeAll();
      new HostSysctls(Path.of(options.statePrefix() + SYSCTLS_SUFFIX)).restore();
    }
  }

  /** Stops; rules, addresses and containers stay as they are. */
  @Override
  public void close() {
    PluginService service = plugins;
    if (service != null) {
      service.close();
    }
    watch.shutdownNow();
    firewall.close();
  }
}
