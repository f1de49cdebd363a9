package io.weft.cni.plugin;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.MacAddress;
import io.weft.linux.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network configuration, checked (features.md 2.2 and 2.6). Unknown keys are left alone, as the
 * specification asks.
 *
 * @param document the whole of it
 * @param name the network's name; empty before it is needed
 * @param bridge the bridge to attach to, if it names one
 * @param mtuBytes 0 for that of the bridge
 * @param ipam type, subnet, gateway and routes of address management
 * @param dns what is copied to results
 * @param previous the result of the plugins before, or of ADD
 * @param validAttachments for GC: what may stay
 */
record NetworkConfiguration(
    JsonObject document,
    CniVersion version,
    String name,
    Optional<String> bridge,
    int mtuBytes,
    boolean hairpin,
    IpamSettings ipam,
    Map<String, @Nullable Object> dns,
    Optional<JsonObject> previous,
    Set<AttachmentKey> validAttachments) {
  private static final int MTU_MIN = 576;
  private static final int MTU_MAX = 65_535;

  /** The least that IPv4 knows. */
  private static final int ROUTE_MTU_MIN = 68;

  private static final int SCOPE_MAX = 255;
  private static final String IPAM_TYPE_OURS = "weave-ipam";

  /**
   * The section {@code ipam}.
   *
   * @param type the plugin to delegate to, none for our own allocator
   * @param routes the routes asked for; not given is another thing than none
   */
  record IpamSettings(
      Optional<String> type,
      Optional<Ipv4Prefix> subnet,
      Optional<Ipv4Address> gateway,
      Optional<List<RouteSetting>> routes) {}

  /** A route asked for. */
  record RouteSetting(
      Ipv4Prefix destination, Optional<Ipv4Address> gateway, Route.Attributes attributes) {}

  /** Reads a document; {@code call} says what is needed. */
  static NetworkConfiguration read(JsonObject document, PluginCall call) throws CniException {
    CniVersion version = CniVersion.of(document.string("cniVersion").orElse("0.1.0"));
    String name = document.string("name").orElse("");
    if (name.length() > PluginCall.NAME_LENGTH_MAX || !PluginCall.NAME.matcher(name).matches()) {
      throw document.invalid(
          "name", name, "the network's name: letters, digits, dots, dashes and underscores");
    }
    refuse(document, "isGateway", "the bridge is every container's gateway anyway");
    refuse(document, "ipMasq", "weave expose masquerades; see its --without-masquerade");
    int mtu = document.integer("mtu", 0, 0, MTU_MAX);
    if (mtu != 0 && mtu < MTU_MIN) {
      throw document.invalid("mtu", mtu, "0 for that of the bridge, or 576 to 65535");
    }
    JsonObject ipam =
        call.isIpam() || document.fields().get("ipam") != null
            ? document.object("ipam").orElse(new JsonObject(Map.of(), "ipam."))
            : new JsonObject(Map.of(), "ipam.");
    return new NetworkConfiguration(
        document,
        version,
        name,
        bridge(document),
        mtu,
        document.bool("hairpinMode", true),
        ipamSettings(ipam, call.isIpam()),
        document.object("dns").map(JsonObject::fields).orElse(Map.of()),
        document.object("prevResult"),
        validAttachments(document));
  }

  private static Optional<String> bridge(JsonObject document) throws CniException {
    Optional<String> name = document.string("bridge").filter(bridge -> !bridge.isEmpty());
    if (name.isPresent() && !PluginCall.isInterfaceName(name.get())) {
      throw document.invalid("bridge", name.get(), "the name of an interface");
    }
    return name;
  }

  private static void refuse(JsonObject document, String key, String instead) throws CniException {
    if (document.bool(key, false)) {
      throw new CniException(
          CniException.UNSUPPORTED_FIELD, key + ": true is not supported", instead);
    }
  }

  private static IpamSettings ipamSettings(JsonObject ipam, boolean isIpam) throws CniException {
    Optional<String> type =
        ipam.string("type").filter(text -> !text.isEmpty() && !text.equals(IPAM_TYPE_OURS));
    if (type.isPresent() && !PluginCall.NAME.matcher(type.get()).matches()) {
      throw ipam.invalid("type", type.get(), "the name of a plugin in CNI_PATH");
    }
    if (type.isPresent() && !isIpam) {
      // The rest is for that plugin to read.
      return new IpamSettings(type, Optional.empty(), Optional.empty(), Optional.empty());
    }
    Optional<Ipv4Prefix> subnet = prefix(ipam, "subnet");
    if (subnet.isPresent() && !subnet.get().equals(subnet.get().network())) {
      throw ipam.invalid("subnet", subnet.get(), "a subnet without host bits");
    }
    Optional<List<JsonObject>> routes = ipam.objects("routes");
    List<RouteSetting> settings = new ArrayList<>();
    for (JsonObject route : routes.orElse(List.of())) {
      settings.add(route(route));
    }
    return new IpamSettings(
        Optional.empty(),
        subnet,
        address(ipam, "gateway"),
        routes.map(present -> List.copyOf(settings)));
  }

  /** A route of a configuration or of a result. */
  static RouteSetting route(JsonObject route) throws CniException {
    Ipv4Prefix destination =
        prefix(route, "dst")
            .orElseThrow(() -> route.invalid("dst", "", "an IPv4 prefix such as 0.0.0.0/0"));
    return new RouteSetting(destination.network(), address(route, "gw"), attributes(route));
  }

  /** The fields that routes have since version 1.1.0. */
  private static Route.Attributes attributes(JsonObject route) throws CniException {
    int mtu = route.integer("mtu", 0, 0, MTU_MAX);
    if (mtu != 0 && mtu < ROUTE_MTU_MIN) {
      throw route.invalid("mtu", mtu, "0 for that of the interface, or 68 to 65535");
    }
    return new Route.Attributes(
        mtu,
        route.integer("advmss", 0, 0, MTU_MAX),
        route.integer("priority", 0, 0, Integer.MAX_VALUE),
        route.integer("table", 0, 0, Integer.MAX_VALUE),
        route.fields().get("scope") == null
            ? OptionalInt.empty()
            : OptionalInt.of(route.integer("scope", 0, 0, SCOPE_MAX)));
  }

  private static Optional<Ipv4Prefix> prefix(JsonObject object, String key) throws CniException {
    Optional<String> text = object.string(key).filter(value -> !value.isEmpty());
    try {
      return text.map(Ipv4Prefix::parse);
    } catch (IllegalArgumentException e) {
      throw object.invalid(key, text.orElse(""), "an IPv4 prefix such as 10.32.0.0/12");
    }
  }

  private static Optional<Ipv4Address> address(JsonObject object, String key) throws CniException {
    Optional<String> text = object.string(key).filter(value -> !value.isEmpty());
    try {
      return text.map(Ipv4Address::parse);
    } catch (IllegalArgumentException e) {
      throw object.invalid(key, text.orElse(""), "an IPv4 address such as 10.32.0.1");
    }
  }

  private static Set<AttachmentKey> validAttachments(JsonObject document) throws CniException {
    Set<AttachmentKey> valid = new java.util.HashSet<>();
    for (JsonObject attachment : document.objects("cni.dev/valid-attachments").orElse(List.of())) {
      valid.add(
          new AttachmentKey(
              attachment.string("containerID").orElse(""), attachment.string("ifname").orElse("")));
    }
    return valid;
  }

  /**
   * Addresses that this container is to have (capability {@code ips}, {@code args.cni.ips} or
   * {@code CNI_ARGS IP=}), in this order of preference; those of other families are left out.
   */
  List<String> wantedAddresses(PluginCall call) throws CniException {
    for (Optional<JsonObject> source : List.of(runtime("ips"), arguments())) {
      if (source.isPresent() && source.get().fields().get("ips") != null) {
        return source.get().strings("ips").stream().filter(text -> !text.contains(":")).toList();
      }
    }
    return call.argument("IP").map(List::of).orElse(List.of());
  }

  /** Whether the section {@code ipam} names a gateway itself, wherever its plugin wants it. */
  boolean namesGateway(Ipv4Address gateway) {
    return names(document.fields().get("ipam"), gateway.toString());
  }

  private static boolean names(@Nullable Object node, String gateway) {
    return switch (node) {
      case Map<?, ?> object ->
          gateway.equals(object.get("gateway"))
              || object.values().stream().anyMatch(value -> names(value, gateway));
      case List<?> list -> list.stream().anyMatch(value -> names(value, gateway));
      case null, default -> false;
    };
  }

  /** The Ethernet address that this container is to have (capability {@code mac}). */
  Optional<MacAddress> wantedMac(PluginCall call) throws CniException {
    Optional<String> text = Optional.empty();
    for (Optional<JsonObject> source : List.of(runtime("mac"), arguments())) {
      if (text.isEmpty() && source.isPresent()) {
        text = source.get().string("mac");
      }
    }
    if (text.isEmpty()) {
      text = call.argument("MAC");
    }
    try {
      Optional<MacAddress> mac = text.filter(value -> !value.isEmpty()).map(MacAddress::parse);
      if (mac.isPresent() && (mac.get().bytes()[0] & 1) != 0) {
        throw document.invalid("mac", text.orElse(""), "an address of one station");
      }
      return mac;
    } catch (IllegalArgumentException e) {
      throw document.invalid("mac", text.orElse(""), "six bytes in hexadecimal with colons");
    }
  }

  /** Arguments of a capability, if the configuration declares it. */
  private Optional<JsonObject> runtime(String capability) throws CniException {
    Optional<JsonObject> capabilities = document.object("capabilities");
    Optional<JsonObject> runtime = document.object("runtimeConfig");
    // A runtime passes on what the configuration declares; some take the declaration out then.
    return capabilities.isPresent() && !capabilities.get().bool(capability, false)
        ? Optional.empty()
        : runtime;
  }

  private Optional<JsonObject> arguments() throws CniException {
    Optional<JsonObject> arguments = document.object("args");
    return arguments.isEmpty() ? Optional.empty() : arguments.get().object("cni");
  }
}
