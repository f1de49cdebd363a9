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

/** Frames that pass in the kernel, with routers that come, go and change their minds. */
final class FastdpTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final Pattern LOSS = Pattern.compile("([0-9]+) packets transmitted, ([0-9]+) rec");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft"));
  }

  @Test
  void framesPassInTheKernelAlsoWhileARouterIsDeadAndStartsAgain() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--ipalloc-init", "consensus=2");
      b.launch("--ipalloc-init", "consensus=2", a.address());
      awaitOverlay(a, "fastdp");
      awaitOverlay(b, "fastdp");
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      long before = counted(a, "sent_unicast");
      onA.ping(onB.address(), "-c", "20", "-i", "0.01");
      assertTrue(counted(a, "sent_unicast") >= before + 20, "they are counted in the kernel");
      assertEquals(0, counted(a, "punted"), "frames that went through user space");

      a.crash();
      assertEquals(0, onA.ping(onB.address()).exit(), "without a router");
      Process stream =
          new ProcessBuilder(
                  onA.namespace()
                      .inside(List.of("ping", "-q", "-i", "0.01", "-c", "1500", onB.address())))
              .start();
      a.launch("--ipalloc-init", "consensus=2", b.address());
      awaitOverlay(a, "fastdp");
      awaitOverlay(b, "fastdp");
      assertEquals(0, stream.waitFor(), "the stream of pings ends");
      Matcher loss =
          LOSS.matcher(new String(stream.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertTrue(loss.find(), "ping sums up");
      assertTrue(Integer.parseInt(loss.group(2)) >= 1485, "at most 1 % is lost: " + loss.group());
    }
  }

  @Test
  void userSpaceTakesOverWhereVxlanIsFilteredAndGivesBack() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--ipalloc-init", "consensus=2");
      b.launch("--ipalloc-init", "consensus=2", a.address());
      awaitOverlay(a, "fastdp");
      awaitOverlay(b, "fastdp");
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      nft(b, "add table inet weftest");
      nft(b, "add chain inet weftest in { type filter hook input priority 0 ; }");
      nft(b, "add rule inet weftest in udp dport 6784 drop");
      awaitOverlay(b, "sleeve");
      awaitOverlay(a, "sleeve");
      assertTrue(
          a.control().get("/status/connections").body().contains("reason=fastdp-"), "says why");
      onA.reaches(onB);
      onB.reaches(onA);
      nft(b, "delete table inet weftest");
      awaitOverlay(a, "fastdp");
      awaitOverlay(b, "fastdp");
      onA.reaches(onB);
    }
  }

  @Test
  void aRelayPassesFramesOnInItsKernel() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      b.launch("--no-discovery", "--ipalloc-init", "consensus=3");
      a.launch("--no-discovery", "--ipalloc-init", "consensus=3", b.address());
      c.launch("--no-discovery", "--ipalloc-init", "consensus=3", b.address());
      b.awaitConnections("established", 2);
      awaitOverlay(a, "fastdp");
      awaitOverlay(c, "fastdp");
      Container onA = a.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      long before = counted(b, "relayed");
      assertEquals(0, onA.ping(onC.address(), "-c", "20", "-i", "0.01").exit());
      assertTrue(counted(b, "relayed") >= before + 40, "both ways, in the kernel of b");
      assertEquals(0, counted(b, "punts_taken"), "frames that b's router saw");
    }
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

  private static void awaitOverlay(Host host, String overlay) throws Exception {
    Await.until(
        "host %s uses %s".formatted(host.label(), overlay),
        LIMIT,
        () -> host.control().get("/status/connections").body(),
        text -> text.contains("established " + overlay));
  }

  private static long counted(Host host, String counter) throws IOException {
    String name = "weft_fastdp_" + counter + "_total ";
    return host.control()
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  private static void nft(Host host, String command) throws IOException {
    host.namespace().run("nft", command).orFail();
  }
}
