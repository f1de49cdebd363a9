package io.weft.cni.plugin;

import io.weft.cni.ContainerInterface;
import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.LinuxException;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** {@code weave-net}: attaches containers to the bridge (features.md 2.4 to 2.6). */
final class WeaveNet {
  private static final String PLUGIN_AT_FAULT =
      "run the plugin of ipam.type by hand with the same configuration";

  private final RouterServices router;
  private final Attachments attachments;
  private final BooleanSupplier isGone;

  WeaveNet(RouterServices router, Attachments attachments, BooleanSupplier isGone) {
    this.router = router;
    this.attachments = attachments;
    this.isGone = isGone;
  }

  /** Who gives addresses: our allocator, or the plugin that the configuration names. */
  Ipam ipam(PluginCall call, NetworkConfiguration configuration) throws CniException {
    Optional<String> type = configuration.ipam().type();
    return type.isPresent()
        ? new DelegatedIpam(DelegatedPlugin.find(type.get(), call.path()))
        : new WeaveIpam(router, isGone);
  }

  /** Attaches a container; a failure leaves nothing behind. */
  CniResult add(PluginCall call, NetworkConfiguration configuration) throws IOException {
    NetworkNamespace inside = call.namespace().orElseThrow(() -> unknownContainer(call));
    ContainerInterface pod =
        new ContainerInterface(call.key().hostInterfaceName(), call.interfaceName(), inside);
    try (Netlink host = Netlink.open()) {
      refuseHostNamespace(inside);
      Link bridge = bridge(host, configuration);
      refuseExisting(host, pod, call);
      Ipam ipam = ipam(call, configuration);
      attachments.put(entry(call, configuration, inside));
      try {
        CniResult result = attach(call, configuration, ipam, pod, host, bridge);
        attachments.put(entry(call, configuration, inside).completed());
        return result;
      } catch (IOException | RuntimeException e) {
        undo(call, ipam, host, e);
        throw e;
      }
    }
  }

  private static void refuseHostNamespace(NetworkNamespace inside) throws IOException {
    try (NetworkNamespace host = NetworkNamespace.current()) {
      if (host.inode() == inside.inode()) {
        throw new CniException(
            CniException.BAD_ENVIRONMENT,
            "container is in host network namespace, cannot attach: CNI_NETNS is the host's",
            "containers of the host's network are not attached");
      }
    }
  }

  private Link bridge(Netlink host, NetworkConfiguration configuration) throws IOException {
    String name = configuration.bridge().orElseGet(router::bridge);
    return host.links()
        .find(name)
        .filter(link -> link.kind().equals("bridge"))
        .orElseThrow(() ->
            new CniException(
                CniException.INVALID_CONFIGURATION,
                "bridge %s not present, did you launch weave?".formatted(name),
                "leave the key bridge out, or name the bridge of --weave-bridge"));
  }

  /**
   * An interface of that name is refused, unless it is what an ADD that was killed half-way has
   * left: then it goes, and ADD starts anew.
   */
  private void refuseExisting(Netlink host, ContainerInterface pod, PluginCall call)
      throws IOException {
    Optional<Link> near = host.links().find(pod.hostName());
    if (near.isPresent()) {
      boolean isComplete =
          attachments.find(call.key()).filter(Attachments.Entry::isComplete).isPresent();
      if (isComplete && pod.find(host).isPresent()) {
        throw exists(call);
      }
      if (isNameOfAnother(call.key())) {
        throw new CniException(
            CniException.INTERFACE_EXISTS,
            "another container has the host interface " + pod.hostName(),
            "give this container another id");
      }
      ContainerInterface.remove(host, pod.hostName());
    }
  }

  private static CniException exists(PluginCall call) {
    return new CniException(
        CniException.INTERFACE_EXISTS,
        "the container has an interface %s already".formatted(call.interfaceName()),
        "DEL it first, or choose another CNI_IFNAME");
  }

  private CniResult attach(
      PluginCall call,
      NetworkConfiguration configuration,
      Ipam ipam,
      ContainerInterface pod,
      Netlink host,
      Link bridge)
      throws IOException {
    ContainerInterface.Settings settings =
        new ContainerInterface.Settings(
            configuration.mtuBytes(),
            configuration.hairpin(),
            ContainerInterface.routerTakesSuperFrames(host),
            configuration.wantedMac(call));
    // An address is stored before it is given out, which takes as long as the cable does.
    Meanwhile<CniResult> allocation = Meanwhile.begin(() -> ipam.add(call, configuration));
    Link near;
    try {
      near = create(host, bridge, pod, settings, call);
    } catch (IOException | RuntimeException e) {
      allocation.abandon(e);
      throw e;
    }
    CniResult managed = allocation.get();
    List<Ipv4Prefix> addresses = addressesOf(managed, ipam);
    Gateways gateways =
        gateways(call, configuration, ipam, managed, addresses.getFirst(), host, bridge);
    Link far =
        pod.configure(
            host, addresses, gateways.kernelRoutes(addresses, near.peerIndex()), settings);
    return result(call, configuration, managed, addresses, gateways, List.of(bridge, near, far));
  }

  private static Link create(
      Netlink host,
      Link bridge,
      ContainerInterface pod,
      ContainerInterface.Settings settings,
      PluginCall call)
      throws IOException {
    try {
      return pod.create(host, bridge, settings);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EEXIST) {
        CniException exists = exists(call);
        exists.initCause(e);
        throw exists;
      }
      throw e;
    }
  }

  /** Of another plugin's addresses only the first counts, as with Weave Net. */
  static List<Ipv4Prefix> addressesOf(CniResult managed, Ipam ipam) throws CniException {
    List<Ipv4Prefix> addresses = new ArrayList<>();
    for (Map<String, @Nullable Object> entry : managed.addresses()) {
      String text = String.valueOf(entry.get("address"));
      if (!text.contains(":") && (addresses.isEmpty() || ipam instanceof WeaveIpam)) {
        try {
          addresses.add(Ipv4Prefix.parse(text));
        } catch (IllegalArgumentException e) {
          throw new CniException(
              CniException.DELEGATE_FAILED,
              "the ipam plugin gave no address: " + text,
              PLUGIN_AT_FAULT,
              e);
        }
      }
    }
    if (addresses.isEmpty()) {
      throw new CniException(
          CniException.DELEGATE_FAILED,
          "the ipam plugin gave no IPv4 address",
          "weave-net attaches by IPv4; have it give one");
    }
    return addresses;
  }

  private Gateways gateways(
      PluginCall call,
      NetworkConfiguration configuration,
      Ipam ipam,
      CniResult managed,
      Ipv4Prefix address,
      Netlink host,
      Link bridge)
      throws IOException {
    boolean isDelegated = ipam instanceof DelegatedIpam;
    Optional<List<NetworkConfiguration.RouteSetting>> routes =
        isDelegated
            ? Optional.of(Gateways.routesOf(managed)).filter(list -> !list.isEmpty())
            : configuration.ipam().routes();
    // A plugin may name a gateway of its own invention, which nobody here has.
    Optional<Ipv4Address> gateway =
        givenGateway(managed, address)
            .filter(given -> !isDelegated || configuration.namesGateway(given));
    if (Gateways.needBridge(gateway, routes, isDelegated)) {
      gateway =
          Optional.of(
              new BridgeGateway(router, isGone)
                  .address(call, configuration, ipam, address, host, bridge));
    }
    return Gateways.of(gateway, routes);
  }

  /** The gateway that came with an address. */
  private static Optional<Ipv4Address> givenGateway(CniResult managed, Ipv4Prefix address)
      throws CniException {
    for (Map<String, @Nullable Object> entry : managed.addresses()) {
      Object gateway = entry.get("gateway");
      if (gateway != null && address.toString().equals(entry.get("address"))) {
        try {
          return Optional.of(Ipv4Address.parse(gateway.toString()));
        } catch (IllegalArgumentException e) {
          throw new CniException(
              CniException.DELEGATE_FAILED,
              "the ipam plugin gave no gateway: " + gateway,
              PLUGIN_AT_FAULT,
              e);
        }
      }
    }
    return Optional.empty();
  }

  private static CniResult result(
      PluginCall call,
      NetworkConfiguration configuration,
      CniResult managed,
      List<Ipv4Prefix> addresses,
      Gateways gateways,
      List<Link> links)
      throws CniException {
    CniResult result =
        configuration.previous().isPresent()
            ? CniResult.of(configuration.previous().get(), configuration.version())
            : new CniResult();
    int last = -1;
    for (Link link : links) {
      boolean isInside = link.equals(links.getLast());
      last =
          result.addInterface(
              link.name(),
              link.mac().map(Object::toString).orElse(""),
              link.mtuBytes(),
              isInside ? call.namespacePath() : null);
    }
    String gateway = gateways.gateway().map(Object::toString).orElse(null);
    for (Ipv4Prefix address : addresses) {
      result.addAddress(address.toString(), gateway, last);
    }
    for (NetworkConfiguration.RouteSetting route : gateways.routes()) {
      result.addRoute(route);
    }
    result.setDns(managed.dns());
    result.setDns(configuration.dns());
    return result;
  }

  private void undo(PluginCall call, Ipam ipam, Netlink host, Exception cause) {
    try {
      ContainerInterface.remove(host, call.key().hostInterfaceName());
      ipam.delete(call);
      attachments.remove(call.key());
    } catch (IOException | RuntimeException e) {
      // The record stays: DEL or GC gets another chance.
      cause.addSuppressed(e);
    }
  }

  /** Detaches a container; what is gone already is as good as detached. */
  void delete(PluginCall call, Optional<NetworkConfiguration> configuration) throws IOException {
    if (isCableOf(call.key())) {
      try (Netlink host = Netlink.open()) {
        ContainerInterface.remove(host, call.key().hostInterfaceName());
      }
    }
    if (configuration.isPresent()) {
      ipam(call, configuration.get()).delete(call);
    } else {
      router.release(call.key().identity());
    }
    attachments.remove(call.key());
  }

  /**
   * Whether a cable with the name of an attachment's is not another's: the beginnings of two ids
   * may be the same, and then the second was never attached.
   */
  private boolean isCableOf(AttachmentKey key) throws IOException {
    return attachments.find(key).isPresent() || !isNameOfAnother(key);
  }

  private boolean isNameOfAnother(AttachmentKey key) throws IOException {
    String name = key.hostInterfaceName();
    return attachments.list().stream()
        .map(Attachments.Entry::key)
        .anyMatch(other -> !other.equals(key) && other.hostInterfaceName().equals(name));
  }

  /** Fails if there is no bridge to attach to. */
  void status(NetworkConfiguration configuration) throws IOException {
    try (Netlink host = Netlink.open()) {
      bridge(host, configuration);
    } catch (CniException e) {
      throw new CniException(
          CniException.UNAVAILABLE, String.valueOf(e.getMessage()), e.details(), e);
    }
  }

  /** Compares a container with what ADD said of it. */
  void check(PluginCall call, NetworkConfiguration configuration) throws IOException {
    NetworkNamespace inside = call.namespace().orElseThrow(() -> unknownContainer(call));
    JsonObject previous = configuration.previous().orElseThrow(WeaveNet::noPrevious);
    ipam(call, configuration).check(call, configuration);
    CniResult expected = CniResult.of(previous, configuration.version());
    new AddressCheck(inside, call.interfaceName(), expected).run();
    try (Netlink host = Netlink.open()) {
      Link bridge = bridge(host, configuration);
      ContainerInterface pod =
          new ContainerInterface(call.key().hostInterfaceName(), call.interfaceName(), inside);
      ContainerInterface.Ends ends =
          pod.find(host)
              .orElseThrow(() ->
                  AddressCheck.missing(
                      "the cable between %s and the container".formatted(pod.hostName())));
      if (ends.host().masterIndex() != bridge.index()) {
        throw AddressCheck.missing(
            "interface %s on bridge %s".formatted(pod.hostName(), bridge.name()));
      }
    }
  }

  static CniException noPrevious() {
    return new CniException(
        CniException.INVALID_CONFIGURATION,
        "prevResult is missing",
        "CHECK compares with the result of ADD");
  }

  static CniException unknownContainer(PluginCall call) {
    return new CniException(
        CniException.UNKNOWN_CONTAINER,
        "there is no network namespace at CNI_NETNS %s".formatted(call.namespacePath()),
        "the container may have ended");
  }

  private static Attachments.Entry entry(
      PluginCall call, NetworkConfiguration configuration, NetworkNamespace inside) {
    return Namespaces.entry(call, configuration, inside);
  }
}
