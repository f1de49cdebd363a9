package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts that speak fastdp by their routers, as kernels without eBPF need it. */
final class UserVxlanTest {
  private static final int MEGABYTES = 8 * 1024 * 1024;
  private static final String USER = "--fastdp-by=user";
  private static final String EBPF = "--fastdp-by=ebpf";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "setpriv"));
  }

  @ParameterizedTest
  @CsvSource({"--fastdp-by=user,auto", "--fastdp-by=ebpf,auto", "--fastdp-by=user,pcap"})
  void twoHostsExchangeFramesByFastdpWhateverCarriesItOnEach(String way, String capture)
      throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch(way, "--ipalloc-init=consensus=2");
      b.launch(USER, "--capture=" + capture, "--ipalloc-init=consensus=2", a.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB, "-M", "do", "-s", "1348");
      onB.reaches(onA, "-M", "do", "-s", "1348");
      for (long seed = 1; seed <= 2; seed++) {
        try (ContainerStream there = ContainerStream.open(onA, onB);
            ContainerStream back = ContainerStream.open(onB, onA)) {
          there.transfer(MEGABYTES, seed);
          back.transfer(MEGABYTES, seed);
        }
      }
      Broadcasts.areHeardOnce(onA, onB);
      Broadcasts.areHeardOnce(onB, onA);
      assertTrue(counted(b, "frames_sent") > 1_000, "b's router has wrapped them");
      assertTrue(counted(b, "bytes_sent") > 2L * MEGABYTES, "in datagrams of its own");
      assertTrue(counted(b, "bytes_received") > 2L * MEGABYTES, "and unwrapped");
      assertTrue(counted(b, "heartbeats_sent") > 0, "heartbeats");
      assertEquals(0, counted(b, "dropped_unfinished"), "frames that could not be made up for");
      String status = b.weave("status");
      assertTrue(status.contains("Datapath: user space (VXLAN by the router: "), status);
      String connections = b.control().get("/status/connections").body();
      // The smaller one until a longer heartbeat has been answered.
      assertTrue(connections.matches("(?s).* verified=(1426|1500)\\s.*"), connections);
      assertTrue(b.control().metric("weft_path_packets_total") > 1_000, "packets of the path");
      String page = b.control().get("/metrics").body();
      assertTrue(page.contains("weft_fastdp_datapath{datapath=\"VXLAN in user space\"} 1"), page);
    }
  }

  @ParameterizedTest
  @CsvSource({"--fastdp-by=ebpf,--fastdp-by=user", "--fastdp-by=user,--fastdp-by=ebpf"})
  void aChainIsRelayedFromFastdpToFastdp(String ends, String middle) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String[] options = {"--no-discovery", "--ipalloc-init=consensus=3"};
      b.launch(options[0], options[1], middle);
      a.launch(options[0], options[1], ends, b.address());
      c.launch(options[0], options[1], ends, b.address());
      b.awaitOverlay("fastdp", 2);
      a.awaitOverlay("fastdp", 1);
      c.awaitOverlay("fastdp", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      onC.reaches(onA);
      try (ContainerStream there = ContainerStream.open(onA, onC);
          ContainerStream back = ContainerStream.open(onC, onA)) {
        there.transfer(MEGABYTES, 1);
        back.transfer(MEGABYTES, 2);
      }
      onB.reaches(onC);
      Broadcasts.areHeardOnce(onA, onC);
      Broadcasts.areHeardOnce(onA, onB);
      Broadcasts.areHeardOnce(onB, onA);
      String relays =
          middle.equals(EBPF) ? "weft_fastdp_relayed_total" : "weft_frames_relayed_total";
      double relayed = b.control().metric(relays);
      assertTrue(relayed > 100, "by b, " + relays + ": " + relayed);
    }
  }

  /** Of the other overlays sleeve2 carries packets of any size, and sleeve says what passes. */
  @ParameterizedTest
  @ValueSource(strings = {"fastdp,sleeve2", "fastdp,sleeve"})
  void aStreamBetweenContainersThatKeepToNoMtuPassesAllTheSame(String overlays) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of(USER, "--overlays=" + overlays, "--ipalloc-init=consensus=2"), a, b);
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      FastdpHosts.widen(a, onA, 8000);
      FastdpHosts.widen(b, onB, 8000);
      onA.reaches(onB);
      try (ContainerStream there = ContainerStream.open(onA, onB);
          ContainerStream back = ContainerStream.open(onB, onA)) {
        there.transfer(MEGABYTES, 1);
        back.transfer(MEGABYTES, 2);
      }
      onA.reaches(onB, "-s", "3000");
      assertTrue(counted(a, "left_to_others") > 0, "what was too wide");
      String route = onA.namespace().ip("route", "get", onB.address());
      boolean told = Pattern.compile(" mtu 1[34]\\d\\d ").matcher(route).find();
      assertEquals(overlays.endsWith(",sleeve"), told, route);
      a.awaitOverlay("fastdp", 1);
    }
  }

  @Test
  void aStreamGoesOnByAnotherOverlayWhereVxlanIsFilteredAndComesBackEachTime() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch(USER, "--ipalloc-init=consensus=2");
      b.launch(EBPF, "--ipalloc-init=consensus=2", a.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        for (int times = 0; times < 2; times++) {
          stream.awaitMore();
          a.nft("add table inet weftest");
          a.nft("add chain inet weftest in { type filter hook input priority 0 ; }");
          a.nft("add rule inet weftest in udp dport 6784 drop");
          for (Host host : new Host[] {a, b}) {
            host.awaitOverlay("sleeve2", 1);
            String status = host.control().get("/status/connections").body();
            assertTrue(status.contains(" reason=fastdp-"), "says why: " + status);
          }
          stream.awaitMore();
          a.nft("delete table inet weftest");
          a.awaitOverlay("fastdp", 1);
          b.awaitOverlay("fastdp", 1);
          stream.awaitMore();
        }
      }
    }
  }

  @Test
  void anEncryptedMeshUsesSleeve2WhereTheKernelHasNoEspAndSaysSo() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Map<String, String> password = Map.of("WEAVE_PASSWORD", "correct horse");
      a.launch(password, USER, "--ipalloc-init=consensus=2");
      b.launch(password, USER, "--ipalloc-init=consensus=2", a.address());
      String status = a.weave("status");
      boolean hasEsp = status.contains("encrypted by ESP");
      for (Host host : new Host[] {a, b}) {
        host.awaitOverlay(hasEsp ? "fastdp" : "sleeve2", 1);
        String connections = host.control().get("/status/connections").body();
        assertTrue(hasEsp || connections.contains(" reason=fastdp-kernel-has-no-esp"), connections);
      }
      Container onA = a.attach();
      Container onB = b.attach();
      try (Capture capture = Capture.start(a.namespace(), "eth0", "udp")) {
        onA.reaches(onB, "-p", "506c61696e54657874");
        assertEquals(0, capture.count("PlainText"), "plain text on the wire");
      }
    }
  }

  @Test
  void aRouterThatMayNotUseEbpfSpeaksFastdpAllTheSame() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--ipalloc-init=consensus=2");
      FastdpHosts.launchWithoutEbpf(b, "--ipalloc-init=consensus=2", a.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      String status = b.weave("status");
      assertTrue(
          status.contains("Datapath: user space (VXLAN by the router: eBPF is not permitted"),
          status);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      Command.Output refused =
          underlay
              .host("c")
              .namespace()
              .run(
                  "setpriv",
                  "--bounding-set=-sys_admin,-bpf",
                  Prerequisites.weave().toString(),
                  "launch",
                  "--db-prefix=" + b.statePrefix() + "-c",
                  EBPF);
      assertTrue(refused.exit() != 0, "what is asked for is not replaced by something else");
      assertTrue((refused.out() + refused.err()).contains("--fastdp-by ebpf: "), refused.err());
    }
  }

  @Test
  void betweenTwoRoutersThatMayNotUseEbpfSleeve2CarriesAndTowardAThirdFastdp() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String[] options = {"--no-discovery", "--ipalloc-init=consensus=4"};
      a.launch(options);
      // One that b and c have no connection to, or their kernels carry in the end.
      underlay.host("d").launch(options[0], options[1], a.address());
      FastdpHosts.launchWithoutEbpf(b, options[0], options[1], a.address());
      FastdpHosts.launchWithoutEbpf(c, options[0], options[1], a.address(), b.address());
      a.awaitOverlay("fastdp", 3);
      for (Host host : List.of(b, c)) {
        host.awaitPaths("fastdp", "sleeve2 fastdp-not-in-kernel-here");
      }
      Container onA = a.attach();
      Container onB = b.attach();
      Container onC = c.attach();
      onB.reaches(onC);
      onA.reaches(onB);
      onC.reaches(onA);
    }
  }

  @Test
  void aHostChangesFromEbpfToUserSpaceAndBackWithItsContainers() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      b.launch("--ipalloc-init=consensus=2");
      a.launch(EBPF, "--ipalloc-init=consensus=2", b.address());
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      for (String way : List.of(USER, EBPF)) {
        a.crash();
        a.launch(way, "--ipalloc-init=consensus=2", b.address());
        a.awaitOverlay("fastdp", 1);
        b.awaitOverlay("fastdp", 1);
        onA.reaches(onB);
        onB.reaches(onA);
        boolean device = a.namespace().ip("-o", "link").contains("vxlan-6784");
        assertEquals(way.equals(EBPF), device, "a VXLAN device with " + way);
      }
    }
  }

  @Test
  void aHostThatIsToldSoHasNoFastdp() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--datapath=", "--ipalloc-init=consensus=2");
      b.launch(Map.of("WEAVE_FASTDP_BY", "user"), "--ipalloc-init=consensus=2", a.address());
      a.awaitOverlay("sleeve2", 1);
      b.awaitOverlay("sleeve2", 1);
      String status = a.weave("status");
      assertTrue(status.contains("Datapath: user space (fastdp is switched off)"), status);
      String other = b.weave("status");
      assertTrue(other.contains("Datapath: user space (VXLAN by the router: as asked"), other);
    }
  }

  private static long counted(Host host, String counter) throws IOException {
    return (long) host.control().metric("weft_vxlan_" + counter + "_total");
  }
}
