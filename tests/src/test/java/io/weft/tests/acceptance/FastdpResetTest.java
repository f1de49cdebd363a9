package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.KernelMaps;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.TcxHook;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code weave reset} on hosts whose kernels carry: nothing of it is left. */
final class FastdpResetTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  /** A port of the bridge that somebody else has put there, and which therefore outlives it. */
  private static final String FOREIGN = "foreign0";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("tc"));
  }

  @Test
  void resetLeavesNothingBesideAPeerContainersAndPortsOfOthersAlsoAfterACrash() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      List<Integer> tablesOfA = prepare(a, onA);
      List<Integer> tablesOfB = prepare(b, onB);
      a.weave("reset");
      checkNothingIsLeft(a, onA, tablesOfA);
      b.crash();
      assertTrue(hasProgram(b, FOREIGN), "without a router the kernel goes on");
      b.weave("reset", "--force");
      checkNothingIsLeft(b, onB, tablesOfB);
    });
  }

  /** Adds a port of somebody else, and waits for programs. Returns the router's tables. */
  private static List<Integer> prepare(Host host, Container container) throws Exception {
    addForeignPort(host, container);
    for (String port : List.of(FastdpHosts.onlyPort(host), FOREIGN)) {
      Await.until("a program at " + port, LIMIT, () -> hasProgram(host, port), has -> has);
    }
    List<Integer> tables = tables(host);
    assertEquals(tables, KernelMaps.alive(tables), "tables in the kernel");
    return tables;
  }

  private static void checkNothingIsLeft(Host host, Container container, List<Integer> tables)
      throws Exception {
    assertFalse(container.namespace().ip("-o", "link").contains("ethwe"), "of the container");
    String left = host.namespace().ip("-o", "link");
    assertTrue(left.contains(FOREIGN), "what is somebody else's stays: " + left);
    for (String ours : List.of("weave", "vxlan", "vethwe")) {
      assertFalse(left.contains(ours), left);
    }
    for (String device : List.of(FOREIGN, "eth0")) {
      assertFalse(hasProgram(host, device), "a program at " + device);
      assertEquals("", tc(host, "filter", "show", "dev", device, "ingress"));
      assertEquals("", tc(host, "filter", "show", "dev", device, "egress"));
    }
    String disciplines = tc(host, "qdisc", "show");
    assertFalse(disciplines.contains("clsact"), disciplines);
    // The kernel frees them a moment after their last program.
    Await.until("no table is left", LIMIT, () -> KernelMaps.alive(tables), List::isEmpty);
  }

  private static void addForeignPort(Host host, Container container) throws IOException {
    String other = container.namespace().name();
    Namespace namespace = host.namespace();
    namespace.ip("link", "add", FOREIGN, "type", "veth", "peer", "name", "eth9", "netns", other);
    container.namespace().ip("link", "set", "eth9", "up");
    namespace.ip("link", "set", FOREIGN, "master", "weave", "up");
  }

  /** Whether a program sees the frames of an interface before its queueing disciplines do. */
  private static boolean hasProgram(Host host, String link) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(host.namespace().name())) {
      return entered.run(() -> {
        try (Netlink netlink = Netlink.open()) {
          return TcxHook.hasOthers("", netlink.links().get(link).index());
        }
      });
    }
  }

  /** The kernel's numbers of all maps that the router has made. */
  private static List<Integer> tables(Host host) throws IOException {
    return FastdpHosts.ofProgram(host, KernelMaps::of);
  }

  private static String tc(Host host, String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "tc";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return host.namespace().run(command).orFail().out();
  }
}
