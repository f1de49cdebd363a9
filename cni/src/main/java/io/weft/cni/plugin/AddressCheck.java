package io.weft.cni.plugin;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Route;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What CHECK compares: a container as it is, with the result that ADD gave (section 4, CHECK). */
record AddressCheck(NetworkNamespace inside, String interfaceName, CniResult expected) {

  /**
   * Compares.
   *
   * @return the container's interface
   * @throws CniException code 102, naming what is missing
   */
  Link run() throws IOException {
    return inside.run(() -> {
      try (Netlink guest = Netlink.open()) {
        Link link =
            guest
                .links()
                .find(interfaceName)
                .orElseThrow(() -> missing("the interface " + interfaceName));
        if (!link.isUp()) {
          throw missing("the state \"up\" of interface " + interfaceName);
        }
        checkMac(link);
        checkAddresses(guest.addresses().list(link.index()));
        checkRoutes(guest);
        return link;
      }
    });
  }

  private void checkMac(Link link) throws CniException {
    for (Map<String, @Nullable Object> entry : expected.interfaces()) {
      boolean isOurs = entry.get("sandbox") != null && interfaceName.equals(entry.get("name"));
      Object mac = entry.get("mac");
      if (isOurs
          && mac != null
          && !mac.toString().isEmpty()
          && link.mac().map(Object::toString).filter(mac.toString()::equalsIgnoreCase).isEmpty()) {
        throw missing("the Ethernet address " + mac + " of interface " + interfaceName);
      }
    }
  }

  private void checkAddresses(List<Ipv4Prefix> present) throws CniException {
    for (Map<String, @Nullable Object> entry : expected.addresses()) {
      String address = String.valueOf(entry.get("address"));
      boolean isHere =
          !(entry.get("interface") instanceof Number index) || isInterface(index.intValue());
      if (isHere
          && !address.contains(":")
          && present.stream().noneMatch(prefix -> prefix.toString().equals(address))) {
        throw missing("the address " + address);
      }
    }
  }

  private boolean isInterface(int index) {
    return index >= 0
        && index < expected.interfaces().size()
        && interfaceName.equals(expected.interfaces().get(index).get("name"));
  }

  private void checkRoutes(Netlink guest) throws IOException {
    for (Map<String, @Nullable Object> entry : expected.routes()) {
      String destination = String.valueOf(entry.get("dst"));
      if (destination.contains(":")) {
        continue;
      }
      NetworkConfiguration.RouteSetting wanted =
          NetworkConfiguration.route(new JsonObject(entry, "prevResult.routes."));
      if (guest.routes().list(wanted.attributes().table()).stream()
          .noneMatch(route -> isAsWanted(route, wanted))) {
        throw missing("the route to " + destination);
      }
    }
  }

  /** What the result does not tell may be as the kernel chose. */
  private static boolean isAsWanted(Route route, NetworkConfiguration.RouteSetting wanted) {
    Route.Attributes has = route.attributes();
    Route.Attributes wants = wanted.attributes();
    return route.destination().equals(wanted.destination())
        && (wanted.gateway().isEmpty() || route.gateway().equals(wanted.gateway()))
        && (wants.mtuBytes() == 0 || has.mtuBytes() == wants.mtuBytes())
        && (wants.advertisedMssBytes() == 0
            || has.advertisedMssBytes() == wants.advertisedMssBytes())
        && (wants.priority() == 0 || has.priority() == wants.priority())
        && (wants.scope().isEmpty() || route.scope() == wants.scope().getAsInt());
  }

  static CniException missing(String what) {
    return new CniException(
        CniException.CHECK_FAILED,
        what + " is missing",
        "delete the container and attach it again");
  }
}
