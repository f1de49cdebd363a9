package io.weft.cni.plugin;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.Route;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        checkRoutes(guest.routes().list());
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

  private void checkRoutes(List<Route> present) throws CniException {
    for (Map<String, @Nullable Object> entry : expected.routes()) {
      String destination = String.valueOf(entry.get("dst"));
      Object gateway = entry.get("gw");
      if (destination.contains(":")) {
        continue;
      }
      Ipv4Prefix prefix;
      Optional<Ipv4Address> next;
      try {
        prefix = Ipv4Prefix.parse(destination).network();
        next = Optional.ofNullable(gateway).map(Object::toString).map(Ipv4Address::parse);
      } catch (IllegalArgumentException e) {
        throw new CniException(
            CniException.INVALID_CONFIGURATION,
            "prevResult.routes: \"%s\" is not accepted".formatted(entry),
            "expected dst and gw to be IPv4",
            e);
      }
      boolean isThere =
          present.stream()
              .anyMatch(route ->
                  route.destination().equals(prefix)
                      && (next.isEmpty() || route.gateway().equals(next)));
      if (!isThere) {
        throw missing("the route to " + destination);
      }
    }
  }

  static CniException missing(String what) {
    return new CniException(
        CniException.CHECK_FAILED,
        what + " is missing",
        "delete the container and attach it again");
  }
}
