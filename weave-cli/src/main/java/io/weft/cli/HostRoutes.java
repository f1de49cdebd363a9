package io.weft.cli;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The IPv4 routes of this network namespace, to see whether the range for containers is in use.
 * Read from {@code /proc/net/route}, which needs no native library.
 */
record HostRoutes(List<Route> routes) {

  /**
   * One route.
   *
   * @param device the interface it leads out of
   * @param destination the network it leads to
   */
  record Route(String device, Ipv4Prefix destination) {
    boolean overlaps(Ipv4Prefix other) {
      return destination.contains(other.address()) || other.contains(destination.address());
    }

    @Override
    public String toString() {
      return destination + " dev " + device;
    }
  }

  static HostRoutes read(Path procRoute) throws IOException {
    return parse(Files.readAllLines(procRoute));
  }

  /** Parses the kernel's table: a head line, then a line a route with addresses in host order. */
  static HostRoutes parse(List<String> lines) {
    return new HostRoutes(
        lines.stream()
            .skip(1)
            .map(line -> line.strip().split("\\s+", -1))
            .filter(fields -> fields.length > 7)
            .map(fields -> new Route(fields[0], destination(fields[1], fields[7])))
            .toList());
  }

  private static Ipv4Prefix destination(String address, String mask) {
    return new Ipv4Prefix(new Ipv4Address(number(address)), Integer.bitCount(number(mask)));
  }

  /** The kernel prints an address as one number of the (little-endian) machine. */
  private static int number(String hexadecimal) {
    return Integer.reverseBytes(Integer.parseUnsignedInt(hexadecimal, 16));
  }

  /**
   * The first route that shares addresses with {@code range}. Default routes share all addresses
   * with everything and do not count; nor do routes over {@code bridge}, which are our own.
   */
  Optional<Route> overlapping(Ipv4Prefix range, String bridge) {
    return routes.stream()
        .filter(route -> route.destination().length() > 0 && !route.device().equals(bridge))
        .filter(route -> route.overlaps(range))
        .findFirst();
  }
}
