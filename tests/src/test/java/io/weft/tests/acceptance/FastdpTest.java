package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Frames that pass in the kernel, while routers die and paths fail. */
final class FastdpTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MEGABYTE = 1 << 20;
  private static final Pattern LOSS = Pattern.compile("([0-9]+) packets transmitted, ([0-9]+) rec");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void framesPassInTheKernelAlsoWhileARouterIsDeadAndStartsAgain() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      long before = FastdpHosts.counted(a, "sent_unicast");
      onA.ping(onB.address(), "-c", "20", "-i", "0.01");
      assertTrue(
          FastdpHosts.counted(a, "sent_unicast") >= before + 20, "they are counted in the kernel");
      assertEquals(0, FastdpHosts.counted(a, "punted"), "frames that went through user space");
      assertTrue(a.weave("status").contains("Datapath: kernel"), "what forwards is shown");
      assertTrue(a.control().metric("weft_path_packets_total") > 0, "packets of each path");
      assertTrue(a.control().metric("weft_path_rtt_seconds") > 0, "heartbeats are answered");

      a.crash();
      assertEquals(0, onA.ping(onB.address()).exit(), "without a router");
      Process pings =
          new ProcessBuilder(
                  onA.namespace()
                      .inside(List.of("ping", "-q", "-i", "0.01", "-c", "1500", onB.address())))
              .start();
      a.launch("--ipalloc-init", "consensus=2", b.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      assertEquals(0, pings.waitFor(), "the pings end");
      Matcher loss =
          LOSS.matcher(new String(pings.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertTrue(loss.find(), "ping sums up");
      assertTrue(Integer.parseInt(loss.group(2)) >= 1485, "at most 1 % is lost: " + loss.group());
    });
  }

  @Test
  void containersThatDoNotKeepToTheMtuLoseNothing() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      FastdpHosts.launch(a, b);
      Container onA = a.attach();
      Container onB = b.attach();
      widen(a, onA);
      widen(b, onB);
      onA.reaches(onB);
      long punted = FastdpHosts.counted(a, "punted");
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        awaitMore(stream);
      }
      assertEquals(punted, FastdpHosts.counted(a, "punted"), "its segments fit the path");
      onA.reaches(onB, "-s", "1472");
      assertTrue(FastdpHosts.counted(a, "punted") > punted, "what is wider goes by user space");
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
  void aStreamDoesNotNoticeThatARouterIsKilledAndStartsAgain() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        awaitMore(stream);
        long punted = FastdpHosts.counted(a, "punted") + FastdpHosts.counted(b, "punted");
        a.crash();
        awaitMore(stream);
        a.launch("--ipalloc-init", "consensus=2", b.address());
        awaitMore(stream);
        a.awaitOverlay("fastdp", 1);
        b.awaitOverlay("fastdp", 1);
        awaitMore(stream);
        Segments segments = Segments.of(onA);
        assertEquals(
            punted,
            FastdpHosts.counted(a, "punted") + FastdpHosts.counted(b, "punted"),
            "frames that left the kernel");
        assertTrue(
            segments.repeated() * 100 <= segments.sent(), "at most 1 % sent again: " + segments);
      }
    });
  }

  @Test
  void aStreamGoesOnByUserSpaceWhereVxlanIsFilteredAndComesBackEachTime() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        for (int times = 0; times < 2; times++) {
          awaitMore(stream);
          nft(b, "add table inet weftest");
          nft(b, "add chain inet weftest in { type filter hook input priority 0 ; }");
          nft(b, "add rule inet weftest in udp dport 6784 drop");
          // b hears nothing and says so: both leave the path, though b's own frames arrive.
          a.awaitOverlay("sleeve2", 1);
          b.awaitOverlay("sleeve2", 1);
          for (Host host : new Host[] {a, b}) {
            String status = host.control().get("/status/connections").body();
            assertTrue(status.contains(" reason=fastdp-"), "says why: " + status);
          }
          awaitMore(stream);
          onB.reaches(onA);
          nft(b, "delete table inet weftest");
          a.awaitOverlay("fastdp", 1);
          b.awaitOverlay("fastdp", 1);
          awaitMore(stream);
          onA.reaches(onB);
        }
      }
    });
  }

  @Test
  void resetLeavesNothingOfIt() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      a.launch();
      assertTrue(a.namespace().ip("-o", "link").contains("vxlan-6784"), "the device is there");
      a.weave("reset");
      String left = a.namespace().ip("-o", "link");
      assertTrue(!left.contains("vxlan") && !left.contains("vethwe"), left);
    }
  }

  /** TCP segments of a container since it began. */
  private record Segments(long sent, long repeated) {
    private static final Pattern TCP = Pattern.compile("(?m)^Tcp: ([-0-9 ]+)$");

    static Segments of(Container container) throws IOException {
      Matcher numbers = TCP.matcher(container.namespace().run("cat", "/proc/net/snmp").out());
      assertTrue(numbers.find(), "the kernel counts segments");
      String[] columns = numbers.group(1).split(" ", -1);
      return new Segments(Long.parseLong(columns[10]), Long.parseLong(columns[11]));
    }
  }

  /** Has a container and its port not keep to the MTU of the bridge. */
  private static void widen(Host host, Container container) throws IOException {
    container.namespace().ip("link", "set", "ethwe", "mtu", "1500");
    host.namespace().ip("link", "set", FastdpHosts.onlyPort(host), "mtu", "1500");
  }

  private static void awaitMore(TcpStream stream) throws Exception {
    long before = stream.received();
    Await.until(
        "the stream goes on", LIMIT, stream::received, received -> received > before + MEGABYTE);
  }

  private static void nft(Host host, String command) throws IOException {
    host.namespace().run("nft", command).orFail();
  }
}
