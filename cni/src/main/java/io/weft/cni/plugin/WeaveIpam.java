package io.weft.cni.plugin;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Addresses from the router's allocator (features.md 2.2).
 *
 * @param isGone whether the caller has gone; it gets no address then
 */
record WeaveIpam(RouterServices router, BooleanSupplier isGone) implements Ipam {
  /** Our choice: half of what the shortest deadline of a runtime leaves. */
  static final Duration ADDRESS_LIMIT = Duration.ofSeconds(30);

  @Override
  public CniResult add(PluginCall call, NetworkConfiguration configuration) throws IOException {
    String identity = call.key().identity();
    CniResult result = new CniResult();
    Optional<Ipv4Address> gateway = configuration.ipam().gateway();
    List<String> wanted = configuration.wantedAddresses(call);
    if (wanted.isEmpty()) {
      Ipv4Prefix address =
          router.allocate(identity, configuration.ipam().subnet(), ADDRESS_LIMIT, isGone);
      addTo(result, address, gateway);
    }
    for (String text : wanted) {
      Ipv4Prefix address = parse(text, configuration);
      router.claim(identity, address, ADDRESS_LIMIT, isGone);
      addTo(result, address, gateway);
    }
    for (NetworkConfiguration.RouteSetting route :
        configuration.ipam().routes().orElse(List.of())) {
      result.addRoute(route);
    }
    return result;
  }

  private static void addTo(CniResult result, Ipv4Prefix address, Optional<Ipv4Address> gateway) {
    result.addAddress(address.toString(), gateway.map(Object::toString).orElse(null), null);
  }

  private Ipv4Prefix parse(String text, NetworkConfiguration configuration) throws CniException {
    int length =
        configuration
            .ipam()
            .subnet()
            .map(Ipv4Prefix::length)
            .orElseGet(router::defaultPrefixLength);
    try {
      return Ipv4Prefix.parse(text.contains("/") ? text : text + "/" + length);
    } catch (IllegalArgumentException e) {
      throw configuration.document().invalid("ips", text, "an IPv4 address such as 10.32.0.9/12");
    }
  }

  @Override
  public void delete(PluginCall call) throws IOException {
    router.release(call.key().identity());
  }

  @Override
  public void check(PluginCall call, NetworkConfiguration configuration) throws IOException {
    List<String> held =
        router.containerAddresses().getOrDefault(call.key().identity(), List.of()).stream()
            .map(prefix -> prefix.address().toString())
            .toList();
    if (held.isEmpty()) {
      throw lost("any address");
    }
    Optional<JsonObject> previous = configuration.previous();
    if (previous.isEmpty()) {
      return;
    }
    for (Map<String, @Nullable Object> address :
        CniResult.of(previous.get(), configuration.version()).addresses()) {
      String text = String.valueOf(address.get("address"));
      // Other plugins of the list may have added addresses of their own.
      boolean ours = held.stream().anyMatch(own -> text.startsWith(own + "/"));
      if (ours) {
        return;
      }
    }
    throw lost("the address of the previous result");
  }

  private static CniException lost(String what) {
    return new CniException(
        CniException.CHECK_FAILED,
        "the allocator does not know " + what + " of this attachment",
        "delete the container and attach it again");
  }

  @Override
  public void status(PluginCall call) throws IOException {
    Optional<String> reason = router.whyUnavailable();
    if (reason.isPresent()) {
      throw new CniException(
          CniException.UNAVAILABLE,
          "no address can be had: " + reason.get().lines().findFirst().orElse(""),
          "weave status ipam tells who owns what");
    }
  }

  @Override
  public void collect(PluginCall call) {
    // The attachments themselves say what is ours: whoever removes them releases their addresses.
  }
}
