package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Frames that pass in the kernel, and around it where a path fails. */
final class FastdpTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void framesPassInTheKernelAndAreCountedThere() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      long before = FastdpHosts.counted(a, "sent_unicast");
      long punted = 0;
      try (Capture vxlan = Capture.start(b.namespace(), "eth0", "udp", "dst", "port", "6784")) {
        twentyPings(onA, onB);
        if (FastdpHosts.counted(a, "punted") > 0 && FastdpHosts.holds(a, b) > 0) {
          FastdpHosts.awaitKernels(a, b);
          before = FastdpHosts.counted(a, "sent_unicast");
          punted = FastdpHosts.counted(a, "punted");
          twentyPings(onA, onB);
        }
        Await.until("they are on the wire", LIMIT, vxlan::size, bytes -> bytes > 20 * 1000);
      }
      assertTrue(
          FastdpHosts.counted(a, "sent_unicast") >= before + 20, "they are counted in the kernel");
      assertEquals(punted, FastdpHosts.counted(a, "punted"), "frames that went through user space");
      assertTrue(a.weave("status").contains("Datapath: kernel"), "what forwards is shown");
      assertTrue(a.control().metric("weft_path_packets_total") > 0, "packets of each path");
      assertTrue(a.control().metric("weft_path_rtt_seconds") > 0, "heartbeats are answered");
    });
  }

  private static void twentyPings(Container from, Container to) throws IOException {
    from.ping(to.address(), "-c", "20", "-i", "0.01", "-s", "1000").orFail();
  }

  @Test
  void containersThatDoNotKeepToTheMtuLoseNothing() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      FastdpHosts.launch(a, b);
      double holds = FastdpHosts.holds(a, b);
      Container onA = a.attach();
      Container onB = b.attach();
      FastdpHosts.widen(a, onA, 1500);
      FastdpHosts.widen(b, onB, 1500);
      onA.reaches(onB);
      long punted = FastdpHosts.counted(a, "punted");
      stream(onA, onB);
      if (FastdpHosts.counted(a, "punted") > punted && FastdpHosts.holds(a, b) > holds) {
        FastdpHosts.awaitKernels(a, b);
        punted = FastdpHosts.counted(a, "punted");
        stream(onA, onB);
      }
      assertEquals(punted, FastdpHosts.counted(a, "punted"), "its segments fit the path");
      onA.reaches(onB, "-s", "1472");
      assertTrue(FastdpHosts.counted(a, "punted") > punted, "what is wider goes by user space");
    }
  }

  private static void stream(Container from, Container to) throws Exception {
    try (TcpStream stream = TcpStream.between(from, to)) {
      stream.awaitMore();
    }
  }

  @Test
  void aKernelThatDropsFramesWithoutASourceAddressKeepsTheFastPath() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      // A device that learns drops them in its driver, as all do on some kernels.
      String device = "link add vxlan-6784 type vxlan external dstport 6784 learning";
      a.namespace().ip(device.split(" ", -1));
      b.namespace().ip(device.split(" ", -1));
      FastdpHosts.launch(a, b);
      assertEquals(0, FastdpHosts.counted(a, "heartbeats"), "heartbeats that the programs saw");
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
    }
  }

  @Test
  void aNarrowNetworkBelowGivesANarrowBridge() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      for (Host host : new Host[] {a, b}) {
        host.namespace().ip("link", "set", "eth0", "mtu", "1400");
        host.namespace().ip("route", "add", "default", "dev", "eth0");
      }
      FastdpHosts.launch(a, b);
      String status = a.control().get("/status/connections").body();
      assertTrue(status.contains("mtu=1350") && status.contains("verified=1400"), status);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB, "-M", "do", "-s", "1322");
    }
  }

  @Test
  void aStreamGoesOnByUserSpaceWhereVxlanIsFilteredAndComesBackEachTime() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        for (int times = 0; times < 2; times++) {
          stream.awaitMore();
          b.nft("add table inet weftest");
          b.nft("add chain inet weftest in { type filter hook input priority 0 ; }");
          b.nft("add rule inet weftest in udp dport 6784 drop");
          // b hears nothing and says so: both leave the path, though b's own frames arrive.
          a.awaitOverlay("sleeve2", 1);
          b.awaitOverlay("sleeve2", 1);
          for (Host host : new Host[] {a, b}) {
            String status = host.control().get("/status/connections").body();
            assertTrue(status.contains(" reason=fastdp-"), "says why: " + status);
          }
          stream.awaitMore();
          onB.reaches(onA);
          b.nft("delete table inet weftest");
          a.awaitOverlay("fastdp", 1);
          b.awaitOverlay("fastdp", 1);
          stream.awaitMore();
          onA.reaches(onB);
        }
      }
    });
  }
}
