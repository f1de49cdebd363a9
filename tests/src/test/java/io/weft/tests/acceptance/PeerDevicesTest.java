package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Hosts whose kernels carry by a VXLAN device for each peer, as long as the mesh is full. */
final class PeerDevicesTest {
  private static final int MEGABYTES = 8 * 1024 * 1024;
  private static final String DEVICES = "--fastdp-by=devices";
  private static final String BY_DEVICES =
      "Datapath: kernel (a VXLAN device for each peer: as asked for)";
  private static final String BY_ROUTER =
      "Datapath: user space (VXLAN by the router: as asked for; no devices, as ";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void threeKernelsCarryEverythingAndNothingOfItPassesARouter() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      Host.launchAll(List.of(DEVICES, "--ipalloc-init=consensus=3"), a, b, c);
      assertTrue(a.weave("status").contains(BY_ROUTER), "the router begins");
      Host.awaitStatus(BY_DEVICES, a, b, c);
      double holds = FastdpHosts.holds(a, b, c);
      List<Container> containers = List.of(a.attach(), b.attach(), c.attach());
      List<Long> before = seenByRouter(a);
      allTraffic(containers);
      if (!before.equals(seenByRouter(a)) && FastdpHosts.holds(a, b, c) > holds) {
        Host.awaitStatus(BY_DEVICES, a, b, c);
        before = seenByRouter(a);
        allTraffic(containers);
      }
      assertEquals(before, seenByRouter(a), "frames that a's router saw or got from its sockets");
      Container onA = containers.getFirst();
      Container onB = containers.get(1);
      String page = a.control().get("/metrics").orFail();
      assertTrue(
          page.contains("weft_fastdp_datapath{datapath=\"a VXLAN device for each peer\"} 1"), page);
      assertTrue(a.control().metric("weft_path_bytes_total") > 2.0 * MEGABYTES, "of the paths");
      String trace = a.weave("trace", onA.address(), onB.address());
      assertTrue(trace.contains("map entry: ") && trace.contains("carried by: the kernel"), trace);
      assertEquals("delivered", trace.lines().toList().getLast(), trace);
      // One that is wider than the network is told so, and a stream goes by what it is told.
      FastdpHosts.widen(a, onA, 8000);
      Command.Output wide = onA.ping(onB.address(), "-c", "3", "-M", "do", "-s", "3000");
      assertTrue((wide.out() + wide.err()).contains("mtu = 1450"), wide::toString);
      FastdpHosts.widen(b, onB, 8000);
      FastdpHosts.widen(c, containers.getLast(), 8000);
      try (ContainerStream stream = ContainerStream.open(onB, containers.getLast())) {
        stream.transfer(MEGABYTES, 3);
      }
      String told = onB.namespace().ip("route", "get", containers.getLast().address());
      assertTrue(told.contains(" mtu 1450 "), told);
    }
  }

  private static void allTraffic(List<Container> containers) throws Exception {
    Container.allReachEachOther(containers);
    Container onA = containers.getFirst();
    Container onB = containers.get(1);
    try (ContainerStream there = ContainerStream.open(onA, onB);
        ContainerStream back = ContainerStream.open(onB, onA)) {
      there.transfer(MEGABYTES, 1);
      back.transfer(MEGABYTES, 2);
    }
    Broadcasts.areHeardOnce(onA, onB);
    Broadcasts.areHeardOnce(onB, containers.getLast());
  }

  @Test
  void devicesOutliveACrashAreTakenOverAndEndWithTheRouter() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(DEVICES, "--ipalloc-init=consensus=2"), a, b);
      Host.awaitStatus(BY_DEVICES, a, b);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      for (String capture : List.of("auto", "pcap")) {
        a.crash();
        assertTrue(links(a).contains("vxlan-peer-"), "left by the router that was killed");
        a.launch(DEVICES, "--capture=" + capture, "--ipalloc-init=consensus=2", b.address());
        onA.reaches(onB);
        Host.awaitStatus(BY_DEVICES, a, b);
        onB.reaches(onA);
      }
      a.crash();
      // By other means: what a dead router has left is in nobody's way.
      a.launch("--fastdp-by=ebpf", "--ipalloc-init=consensus=2", b.address());
      assertFalse(links(a).contains("vxlan-peer-"), links(a));
      onB.reaches(onA);
      Host.awaitStatus(BY_DEVICES, b);
      onA.reaches(onB);
      Broadcasts.areHeardOnce(onA, onB);
      b.weave("stop");
      assertFalse(links(b).contains("vxlan-peer-"), links(b));
      assertTrue(links(b).contains(" weave: "), "the bridge stays");
      a.weave("stop");
      a.launch(DEVICES, "--ipalloc-init=consensus=2");
      b.launch(DEVICES, "--ipalloc-init=consensus=2", a.address());
      Host.awaitStatus(BY_DEVICES, a);
      a.crash();
      a.weave("reset", "--force");
      assertFalse(links(a).contains("vxlan-peer-"), links(a));
    }
  }

  @Test
  void aKernelARouterAndProgramsExchangeFrames() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String consensus = "--ipalloc-init=consensus=3";
      a.launch(DEVICES, consensus);
      b.launch("--fastdp-by=ebpf", consensus, a.address());
      c.launch("--fastdp-by=user", consensus, a.address(), b.address());
      Host.awaitStatus(BY_DEVICES, a);
      List<Container> containers = List.of(a.attach(), b.attach(), c.attach());
      Container.allReachEachOther(containers);
      for (Container other : containers.subList(1, 3)) {
        Container onA = containers.getFirst();
        try (ContainerStream there = ContainerStream.open(onA, other);
            ContainerStream back = ContainerStream.open(other, onA)) {
          there.transfer(MEGABYTES, 1);
          back.transfer(MEGABYTES, 2);
        }
        Broadcasts.areHeardOnce(onA, other);
        Broadcasts.areHeardOnce(other, onA);
      }
      Broadcasts.areHeardOnce(containers.get(1), containers.get(2));
    }
  }

  @Test
  void theRoutersCarryAndRelayAsSoonAsTwoHostsLoseEachOtherAndTheKernelsAfterThat()
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      Host.launchAll(List.of(DEVICES, "--ipalloc-init=consensus=3"), a, b, c);
      Host.awaitStatus(BY_DEVICES, a, b, c);
      List<Container> containers = List.of(a.attach(), b.attach(), c.attach());
      Container.allReachEachOther(containers);
      try (TcpStream stream = TcpStream.between(containers.get(1), containers.get(2))) {
        stream.awaitMore();
        cut(b, c);
        cut(c, b);
        Host.awaitStatus(BY_ROUTER, a, b, c);
        stream.awaitMore();
        Await.until(
            "a's router relays",
            Duration.ofSeconds(45),
            () -> metric(a, "weft_frames_relayed_total"),
            relayed -> relayed > 100);
        Container.allReachEachOther(containers);
        b.nft("delete table inet weftest");
        c.nft("delete table inet weftest");
        Host.awaitStatus(BY_DEVICES, a, b, c);
        stream.awaitMore();
      }
      Container.allReachEachOther(containers);
      Broadcasts.areHeardOnce(containers.get(1), containers.get(2));
    }
  }

  /** Nothing leaves a host for another one; what is sent by TCP is told so. */
  private static void cut(Host from, Host to) throws IOException {
    List<String> rules = new ArrayList<>();
    rules.add("add table inet weftest");
    rules.add("add chain inet weftest out { type filter hook output priority 0 ; }");
    String toward = "add rule inet weftest out ip daddr " + to.address() + " ";
    rules.add(toward + "meta l4proto tcp reject with tcp reset");
    rules.add(toward + "meta l4proto udp drop");
    for (String rule : rules) {
      from.nft(rule);
    }
  }

  private static List<Long> seenByRouter(Host host) throws IOException {
    return List.of(
        metric(host, "weft_frames_captured_total"),
        metric(host, "weft_vxlan_frames_received_total"));
  }

  private static long metric(Host host, String name) throws IOException {
    return (long) host.control().metric(name);
  }

  private static String links(Host host) throws IOException {
    return host.namespace().ip("-o", "link");
  }
}
