package io.weft.cni.plugin;

import io.weft.cni.Json;
import io.weft.linux.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of ADD, in the shape of version 1.1.0; {@link #in} gives it that of any other. What a
 * plugin before us has put in is kept as it is.
 *
 * <p>Mutable, for one thread.
 */
final class CniResult {
  private static final String ADDRESS = "address";

  /** Fields of interfaces and routes that older runtimes do not know. */
  private static final List<String> SINCE_1_1 =
      List.of("mtu", "advmss", "priority", "table", "scope");

  private static final String INTERFACE = "interface";

  private final List<Map<String, @Nullable Object>> interfaces = new ArrayList<>();
  private final List<Map<String, @Nullable Object>> addresses = new ArrayList<>();
  private final List<Map<String, @Nullable Object>> routes = new ArrayList<>();
  private Map<String, @Nullable Object> dns = Map.of();

  CniResult() {}

  /** Reads a result in the shape of a version. */
  static CniResult of(JsonObject document, CniVersion version) throws CniException {
    CniResult result = new CniResult();
    if (version.hasIp4()) {
      for (String family : List.of("ip4", "ip6")) {
        Optional<JsonObject> old = document.object(family);
        if (old.isPresent()) {
          Map<String, @Nullable Object> address = new LinkedHashMap<>();
          address.put(ADDRESS, old.get().fields().get("ip"));
          putIfPresent(address, "gateway", old.get().fields().get("gateway"));
          result.addresses.add(address);
          result.routes.addAll(fieldsOf(old.get(), "routes"));
        }
      }
    } else {
      result.interfaces.addAll(fieldsOf(document, "interfaces"));
      result.addresses.addAll(fieldsOf(document, "ips"));
      result.routes.addAll(fieldsOf(document, "routes"));
    }
    result.dns = document.object("dns").map(JsonObject::fields).orElse(Map.of());
    return result;
  }

  private static List<Map<String, @Nullable Object>> fieldsOf(JsonObject document, String key)
      throws CniException {
    return document.objects(key).orElse(List.of()).stream()
        .map(JsonObject::fields)
        .<Map<String, @Nullable Object>>map(LinkedHashMap::new)
        .toList();
  }

  /** Adds an interface and returns its place in the list. */
  int addInterface(String name, String mac, int mtuBytes, @Nullable String sandbox) {
    Map<String, @Nullable Object> added = new LinkedHashMap<>();
    added.put("name", name);
    added.put("mac", mac);
    added.put("mtu", mtuBytes);
    putIfPresent(added, "sandbox", sandbox);
    interfaces.add(added);
    return interfaces.size() - 1;
  }

  void addAddress(String address, @Nullable Object gateway, @Nullable Integer interfaceIndex) {
    Map<String, @Nullable Object> added = new LinkedHashMap<>();
    added.put(ADDRESS, address);
    putIfPresent(added, "gateway", gateway);
    putIfPresent(added, INTERFACE, interfaceIndex);
    addresses.add(added);
  }

  void addRoute(NetworkConfiguration.RouteSetting route) {
    Map<String, @Nullable Object> added = new LinkedHashMap<>();
    added.put("dst", route.destination().toString());
    putIfPresent(added, "gw", route.gateway().map(Object::toString).orElse(null));
    Route.Attributes attributes = route.attributes();
    putUnlessZero(added, "mtu", attributes.mtuBytes());
    putUnlessZero(added, "advmss", attributes.advertisedMssBytes());
    putUnlessZero(added, "priority", attributes.priority());
    putUnlessZero(added, "table", attributes.isInMainTable() ? 0 : attributes.table());
    if (attributes.scope().isPresent()) {
      added.put("scope", attributes.scope().getAsInt());
    }
    routes.add(added);
  }

  private static void putUnlessZero(Map<String, @Nullable Object> object, String key, int value) {
    if (value != 0) {
      object.put(key, value);
    }
  }

  /** Replaces what resolvers are told, unless there is nothing to tell. */
  void setDns(Map<String, @Nullable Object> settings) {
    if (!settings.isEmpty()) {
      dns = settings;
    }
  }

  List<Map<String, @Nullable Object>> interfaces() {
    return interfaces;
  }

  List<Map<String, @Nullable Object>> addresses() {
    return addresses;
  }

  List<Map<String, @Nullable Object>> routes() {
    return routes;
  }

  Map<String, @Nullable Object> dns() {
    return dns;
  }

  /** The document in the shape of a version. */
  String in(CniVersion version) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("cniVersion", version.toString());
    if (version.hasIp4()) {
      putFamily(document, "ip4", false);
      putFamily(document, "ip6", true);
    } else {
      putUnlessEmpty(document, "interfaces", shaped(interfaces, version));
      putUnlessEmpty(document, "ips", shapedAddresses(version));
      putUnlessEmpty(document, "routes", shaped(routes, version));
    }
    document.put("dns", dns);
    return Json.write(document);
  }

  private void putFamily(Map<String, @Nullable Object> document, String key, boolean isIpv6) {
    for (Map<String, @Nullable Object> address : addresses) {
      if (isIpv6(address.get(ADDRESS)) == isIpv6) {
        Map<String, @Nullable Object> old = new LinkedHashMap<>();
        old.put("ip", address.get(ADDRESS));
        putIfPresent(old, "gateway", address.get("gateway"));
        putUnlessEmpty(
            old,
            "routes",
            shaped(
                routes.stream().filter(route -> isIpv6(route.get("dst")) == isIpv6).toList(),
                CniVersion.V0_1_0));
        document.put(key, old);
        return;
      }
    }
  }

  private static List<Map<String, @Nullable Object>> shaped(
      List<Map<String, @Nullable Object>> objects, CniVersion version) {
    List<Map<String, @Nullable Object>> shaped = new ArrayList<>();
    for (Map<String, @Nullable Object> object : objects) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>(object);
      if (!version.hasStatus()) {
        SINCE_1_1.forEach(copy::remove);
      }
      shaped.add(copy);
    }
    return shaped;
  }

  private List<Map<String, @Nullable Object>> shapedAddresses(CniVersion version) {
    List<Map<String, @Nullable Object>> shaped = new ArrayList<>();
    for (Map<String, @Nullable Object> address : addresses) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      if (version.tellsFamily()) {
        copy.put("version", isIpv6(address.get(ADDRESS)) ? "6" : "4");
      }
      copy.putAll(address);
      if (!version.tellsFamily()) {
        copy.remove("version");
      }
      shaped.add(copy);
    }
    return shaped;
  }

  private static boolean isIpv6(@Nullable Object address) {
    return String.valueOf(address).contains(":");
  }

  private static void putUnlessEmpty(
      Map<String, @Nullable Object> document, String key, List<?> list) {
    if (!list.isEmpty()) {
      document.put(key, list);
    }
  }

  private static void putIfPresent(
      Map<String, @Nullable Object> document, String key, @Nullable Object value) {
    if (value != null) {
      document.put(key, value);
    }
  }
}
