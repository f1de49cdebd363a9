package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel parameters that a router changes on its host (overlay.md D.2 and D.6), each test with
 * a network namespace for the host.
 */
final class SysctlTest {
  private static final String BRIDGE_NETFILTER = "net.bridge.bridge-nf-call-iptables";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Counts what passes, whoever sets it. */
  private static final String COUNTER = "net.netfilter.nf_conntrack_count";

  @TempDir Path folder;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "sysctl"));
  }

  /** All network parameters of a host. */
  private static Map<String, String> parameters(Host host) throws Exception {
    Map<String, String> all = new TreeMap<>();
    for (String line : host.namespace().run("sysctl", "-a").out().lines().toList()) {
      String[] parts = line.split(" = ?", 2);
      if (parts.length == 2 && parts[0].startsWith("net.") && !parts[0].equals(COUNTER)) {
        all.put(parts[0], parts[1]);
      }
    }
    assertTrue(all.size() > 100, "sysctl -a lists the network's: " + all.size());
    return all;
  }

  private static void assumeBridgeNetfilter(Host host) throws Exception {
    Assumptions.assumeTrue(
        parameters(host).containsKey(BRIDGE_NETFILTER), "this kernel has no br_netfilter");
  }

  @Test
  void resetPutsBackEverySysctlThatWasChanged() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      assumeBridgeNetfilter(host);
      host.namespace().run("sysctl", "-qw", BRIDGE_NETFILTER + "=0").orFail();
      Map<String, String> before = parameters(host);
      host.launch();
      host.attach();
      host.weave("expose");
      CniCaller cni = new CniCaller(host, folder);
      cni.add("pod", underlay.namespace("pod"), "eth0", CniTest.configuration("1.0.0", ""))
          .orFail();
      // What was before the first start counts, not what a router has found that crashed and rose.
      host.crash();
      host.launch();

      Map<String, String> during = parameters(host);
      assertEquals("1", during.get(BRIDGE_NETFILTER));
      during.keySet().retainAll(before.keySet());
      during.put(BRIDGE_NETFILTER, "0");
      assertEquals(before, during, "nothing else of the host is changed");

      host.weave("reset");
      assertEquals(before, parameters(host));
    }
  }

  @Test
  void aSysctlThatSomebodyElseHasChangedSinceStaysAsItIs() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      assumeBridgeNetfilter(host);
      host.launch();
      assertEquals("1", parameters(host).get(BRIDGE_NETFILTER), "as the kernel has it");
      host.weave("reset");
      assertEquals("1", parameters(host).get(BRIDGE_NETFILTER), "it was not ours to change");

      host.namespace().run("sysctl", "-qw", BRIDGE_NETFILTER + "=0").orFail();
      host.launch();
      assertEquals("1", parameters(host).get(BRIDGE_NETFILTER));
      host.crash();
      host.namespace().run("sysctl", "-qw", BRIDGE_NETFILTER + "=0").orFail();
      host.weave("reset", "--force");
      assertEquals("0", parameters(host).get(BRIDGE_NETFILTER));
    }
  }

  @Test
  void noInterfaceOfOursOnTheHostListensToRouterAdvertisements() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      host.attach();
      CniCaller cni = new CniCaller(host, folder);
      cni.add("pod", underlay.namespace("pod"), "eth0", CniTest.configuration("1.0.0", ""))
          .orFail();
      Map<String, String> all = parameters(host);
      List<String> ours =
          host.namespace()
              .ip("-o", "link")
              .lines()
              .map(line -> line.split(": ", 3)[1].replaceFirst("@.*", ""))
              .filter(name -> name.matches("weave|vethwe.*|vxlan-.*"))
              .toList();
      assertTrue(ours.size() >= 4, "the bridge, its port, two containers: " + ours);
      Assumptions.assumeTrue(all.containsKey("net.ipv6.conf.lo.accept_ra"), "there is no IPv6");
      for (String name : ours) {
        String key = "net.ipv6.conf." + name.replace('.', '/');
        assertTrue(
            "0".equals(all.get(key + ".accept_ra")) || "1".equals(all.get(key + ".disable_ipv6")),
            name + " listens: " + all.get(key + ".accept_ra"));
      }
    }
  }

  /** CVE-2020-11091: a container that says it is a router would be sent the traffic of others. */
  @Test
  void aContainerThatSaysItIsARouterIsNotBelieved() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch();
      CniCaller cni = new CniCaller(host, folder);
      Namespace attacker = underlay.namespace("bad");
      Namespace pod = underlay.namespace("pod");
      String plain = CniTest.configuration("1.0.0", "");
      cni.add("bad", attacker, "eth0", plain).orFail();
      cni.add("pod", pod, "eth0", plain).orFail();
      Container attached = host.attach();
      Namespace credulous = underlay.namespace("naive");
      host.namespace()
          .ip("link", "add", "naive", "type", "veth", "peer", "eth0", "netns", credulous.name());
      host.namespace().ip("link", "set", "naive", "master", "weave", "up");
      credulous.ip("link", "set", "eth0", "up");
      Assumptions.assumeTrue(
          credulous.run("cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra").exit() == 0,
          "there is no IPv6");

      // Who takes no precaution believes it: so it is well formed, and it has come to all ports.
      Await.until(
          "an interface that nobody protects has an address by it",
          LIMIT,
          () -> {
            RouterAdvertisement.send(attacker, "eth0");
            return credulous.ip("-6", "addr");
          },
          text -> text.contains(RouterAdvertisement.PREFIX));
      for (Namespace other : List.of(pod, attached.namespace(), host.namespace())) {
        assertFalse(other.ip("-6", "addr").contains(RouterAdvertisement.PREFIX), other.name());
        assertFalse(other.ip("-6", "route").contains("fe80::bad"), other.name());
      }
    }
  }
}
