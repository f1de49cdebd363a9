package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.linux.Ipv4Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostRoutesTest {
  private static final String HEAD =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask";
  private static final HostRoutes ROUTES =
      HostRoutes.parse(
          List.of(
              HEAD,
              "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
              "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
              "tun0\t0000280A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
              "weave\t0000200A\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0"));

  private static String overlapping(String range) {
    return ROUTES
        .overlapping(Ipv4Prefix.parse(range), "weave")
        .map(HostRoutes.Route::toString)
        .orElse("none");
  }

  @Test
  void findsARouteInsideTheRangeAndOneAroundIt() {
    assertEquals("10.40.0.0/16 dev tun0", overlapping("10.32.0.0/12"));
    assertEquals("192.168.0.0/16 dev eth0", overlapping("192.168.7.0/24"));
  }

  @Test
  void leavesOutTheDefaultRouteAndTheBridge() {
    assertEquals("none", overlapping("10.32.0.0/16"));
    assertEquals("none", overlapping("172.16.0.0/12"));
  }
}
