package io.weft.cni.plugin;

import io.weft.cni.Json;
import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bridge as the gateway of containers that are not told another one (features.md 2.4). Where it
 * has no address it gets one from whoever manages those of the container.
 *
 * @param isGone whether the caller has gone; the bridge gets no address then
 */
record BridgeGateway(RouterServices router, BooleanSupplier isGone) {
  /** What other plugins know the bridge by: they take no colon, which our allocator has there. */
  static final String LEASE_ID = "weave-expose";

  private static final String HOST_NAMESPACE = "/proc/self/ns/net";
  private static final List<String> OF_THE_CONTAINER =
      List.of("args", "prevResult", "runtimeConfig");
  private static final Object LEASING = new Object();

  /**
   * Its address in the container's subnet, or else its first.
   *
   * @param near the container's address
   */
  Ipv4Address address(
      PluginCall call,
      NetworkConfiguration configuration,
      Ipam ipam,
      Ipv4Prefix near,
      Netlink host,
      Link bridge)
      throws IOException {
    Optional<Ipv4Address> present = present(near, host, bridge);
    if (present.isPresent()) {
      return present.get();
    }
    if (!bridge.name().equals(router.bridge())) {
      throw new CniException(
          CniException.INVALID_CONFIGURATION,
          "the bridge %s has no address to be the gateway".formatted(bridge.name()),
          "give it one, or set ipam.gateway");
    }
    if (!(ipam instanceof DelegatedIpam delegate)) {
      return router
          .exposeBridge(configuration.ipam().subnet(), WeaveIpam.ADDRESS_LIMIT, isGone)
          .address();
    }
    synchronized (LEASING) {
      Optional<Ipv4Address> meanwhile = present(near, host, bridge);
      return meanwhile.isPresent()
          ? meanwhile.get()
          : lease(call, configuration, delegate, bridge.name());
    }
  }

  private static Optional<Ipv4Address> present(Ipv4Prefix near, Netlink host, Link bridge)
      throws IOException {
    List<Ipv4Prefix> all = host.addresses().list(bridge.index());
    return all.stream()
        .filter(prefix -> prefix.network().equals(near.network()))
        .findFirst()
        .or(() -> all.stream().findFirst())
        .map(Ipv4Prefix::address);
  }

  private Ipv4Address lease(
      PluginCall call, NetworkConfiguration configuration, DelegatedIpam ipam, String bridge)
      throws IOException {
    Map<String, @Nullable Object> document = new LinkedHashMap<>(configuration.document().fields());
    OF_THE_CONTAINER.forEach(document::remove);
    PluginCall own = call.forAttachment(key(bridge), HOST_NAMESPACE, Json.bytes(document));
    // What the bridge had before it was hidden, or before the machine started again.
    ipam.delete(own);
    Ipv4Prefix address = WeaveNet.addressesOf(ipam.add(own, configuration), ipam).getFirst();
    try {
      router.expose(address);
    } catch (IOException | RuntimeException e) {
      ipam.delete(own);
      throw e;
    }
    return address.address();
  }

  /** What other plugins know the bridge by. */
  static AttachmentKey key(String bridge) {
    return new AttachmentKey(LEASE_ID, bridge);
  }
}
