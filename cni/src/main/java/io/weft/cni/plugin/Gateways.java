package io.weft.cni.plugin;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a container sends what is not for its own subnet (features.md 2.4, second table).
 *
 * @param gateway what the result names as gateway
 * @param routes what is to be installed, the implied default route included
 */
record Gateways(Optional<Ipv4Address> gateway, List<NetworkConfiguration.RouteSetting> routes) {
  Gateways {
    routes = List.copyOf(routes);
  }

  /**
   * Whether the bridge's address is needed to tell.
   *
   * @param isDelegated whether the routes are of another plugin, which expects that those without a
   *     gateway get one; in a configuration of ours they lead to neighbours
   */
  static boolean needBridge(
      Optional<Ipv4Address> given,
      Optional<List<NetworkConfiguration.RouteSetting>> routes,
      boolean isDelegated) {
    if (given.isPresent()) {
      return false;
    }
    return routes.isEmpty()
        || routes.get().isEmpty()
        || (isDelegated && routes.get().stream().anyMatch(route -> route.gateway().isEmpty()));
  }

  /**
   * Chooses.
   *
   * @param given the gateway that was asked for, or else the bridge's address
   * @param routes the routes that were asked for; not given is another thing than none
   */
  static Gateways of(
      Optional<Ipv4Address> given, Optional<List<NetworkConfiguration.RouteSetting>> routes) {
    List<NetworkConfiguration.RouteSetting> chosen = new ArrayList<>();
    if (routes.isEmpty()) {
      chosen.add(
          new NetworkConfiguration.RouteSetting(
              Ipv4Prefix.EVERYTHING, given, Route.Attributes.NONE));
    } else {
      for (NetworkConfiguration.RouteSetting route : routes.get()) {
        Optional<Ipv4Address> next = route.gateway().isPresent() ? route.gateway() : given;
        chosen.add(
            new NetworkConfiguration.RouteSetting(route.destination(), next, route.attributes()));
      }
    }
    return new Gateways(given, chosen);
  }

  /** As the kernel takes them: a gateway outside of all subnets gets a route of its own first. */
  List<Route> kernelRoutes(List<Ipv4Prefix> addresses, int linkIndex) {
    List<Route> kernel = new ArrayList<>();
    List<Ipv4Address> reachable = new ArrayList<>();
    for (NetworkConfiguration.RouteSetting route : routes) {
      Optional<Ipv4Address> next = route.gateway();
      boolean isOutside =
          next.isPresent()
              && !reachable.contains(next.get())
              && addresses.stream().noneMatch(address -> address.contains(next.get()));
      if (isOutside) {
        reachable.add(next.get());
        kernel.add(Route.onLink(new Ipv4Prefix(next.get(), Integer.SIZE), linkIndex));
      }
      kernel.add(new Route(route.destination(), next, linkIndex, route.attributes()));
    }
    return kernel;
  }

  /** Reads the routes of a result. */
  static List<NetworkConfiguration.RouteSetting> routesOf(CniResult result) throws CniException {
    List<NetworkConfiguration.RouteSetting> routes = new ArrayList<>();
    for (Map<String, @Nullable Object> route : result.routes()) {
      routes.add(NetworkConfiguration.route(new JsonObject(route, "routes.")));
    }
    return routes;
  }
}
