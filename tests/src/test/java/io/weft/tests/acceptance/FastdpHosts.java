package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.BpfProgram;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tests of hosts have in common whose kernels carry frames. */
final class FastdpHosts {
  private static final Pattern PORT = Pattern.compile("(vethwepl[^@:]+)");

  private FastdpHosts() {}

  /** Starts a router on each host, all connected, and waits until their kernels carry. */
  static void launch(Host... hosts) throws Exception {
    Host.launchAll(List.of("--ipalloc-init", "consensus=" + hosts.length), hosts);
    awaitKernels(hosts);
  }

  /** Waits until the kernels of hosts carry that are all connected. */
  static void awaitKernels(Host... hosts) throws Exception {
    for (Host host : hosts) {
      host.awaitOverlay("fastdp", hosts.length - 1);
    }
  }

  /** What a test does with two hosts and a container on each. */
  @FunctionalInterface
  interface Two {
    void test(Host a, Host b, Container onA, Container onB) throws Exception;
  }

  /** Has two hosts whose kernels carry, with a container on each that reach one another. */
  static void two(Two what) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      launch(a, b);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      what.test(a, b, onA, onB);
    }
  }

  /** What a test reads of a program. */
  @FunctionalInterface
  interface Reading<T> {
    T of(BpfProgram program) throws IOException;
  }

  /** Reads from the program that takes what a host's VXLAN device receives, and from its maps. */
  static <T> T ofProgram(Host host, Reading<T> reading) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(host.namespace().name())) {
      return entered.run(() -> {
        try (Netlink netlink = Netlink.open();
            BpfProgram program =
                BpfProgram.attached(
                        netlink.links().get("vxlan-6784").index(), BpfProgram.Direction.INGRESS)
                    .orElseThrow()) {
          return reading.of(program);
        }
      });
    }
  }

  /** Starts a router that may load no program into the kernel, and finds that out by trying. */
  static void launchWithoutEbpf(Host host, String... arguments) throws IOException {
    List<String> without =
        List.of("setpriv", "--bounding-set=-sys_admin,-bpf", Prerequisites.weave().toString());
    host.launchBy(without, arguments);
  }

  /** What the programs and the router have counted of fastdp. */
  static long counted(Host host, String counter) throws IOException {
    return (long) host.control().metric("weft_fastdp_" + counter + "_total");
  }

  /**
   * How often heartbeats of these hosts' neighbours came too late, as they do on a busy machine.
   * User space carries for a moment then, and what it carries is counted.
   */
  static double holds(Host... hosts) throws IOException {
    double holds = 0;
    for (Host host : hosts) {
      holds += host.control().metric("weft_overlay_holds_total");
    }
    return holds;
  }

  /** Has the only container of a host and its port not keep to the MTU of the bridge. */
  static void widen(Host host, Container container, int mtu) throws IOException {
    String wide = Integer.toString(mtu);
    container.namespace().ip("link", "set", "ethwe", "mtu", wide);
    host.namespace().ip("link", "set", onlyPort(host), "mtu", wide);
  }

  /** The bridge's port of the only container of a host. */
  static String onlyPort(Host host) throws IOException {
    Matcher port = PORT.matcher(host.namespace().ip("-o", "link"));
    assertTrue(port.find(), "the port of the only container");
    return port.group(1);
  }
}
