package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The MTU of the bridge follows what the network below carries on all hosts. */
final class AutomaticMtuTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Pattern MTU = Pattern.compile(" mtu ([0-9]+) ");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void itIsRaisedWhereAllPathsCarryMoreAndLoweredForAPeerThatTakesLess() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String seed = "seed=" + a.peerName();
      a.launch("--ipalloc-init", seed);
      Container early = a.attach();
      assertEquals(1376, mtu(early.namespace(), "ethwe"), "before anything is known");
      b.launch("--ipalloc-init", seed, a.address());
      awaitBridge(a, 1450);
      awaitBridge(b, 1450);
      String connections = a.control().get("/status/connections").body();
      assertTrue(connections.contains("mtu=1450"), connections);
      assertTrue(connections.contains("verified=1500"), connections);
      Container onA = a.attach();
      Container onB = b.attach();
      assertEquals(1450, mtu(onA.namespace(), "ethwe"), "attached later");
      assertEquals(1376, mtu(early.namespace(), "ethwe"), "keeps what it has");
      onA.reaches(onB, "-M", "do", "-s", "1422");
      onB.reaches(early);
      // What is wider than its interface reaches it beside the bridge, which would drop it there.
      onB.reaches(early, "-M", "do", "-s", "1422");

      a.crash();
      a.launch("--ipalloc-init", seed, b.address());
      assertEquals(1450, mtu(onA.namespace(), "ethwe"), "a start lowers it no more");
      awaitBridge(a, 1450);

      c.launch("--mtu", "1376", "--ipalloc-init", seed, a.address(), b.address());
      for (Host host : List.of(a, b, c)) {
        host.awaitOverlay("fastdp", 2);
        awaitBridge(host, 1376);
      }
      assertEquals(1450, mtu(onA.namespace(), "ethwe"), "keeps what it has");
      Container onC = c.attach();
      onA.reaches(onC);
      onA.reaches(onB, "-M", "do", "-s", "1422");
    }
  }

  @Test
  void hostsWhoseRoutersCarryTakePart() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String seed = "seed=" + a.peerName();
      a.launch("--ipalloc-init", seed);
      b.launch("--fastdp-by=user", "--ipalloc-init", seed, a.address());
      c.launch(
          "--fastdp-by=user", "--capture=pcap", "--ipalloc-init", seed, a.address(), b.address());
      for (Host host : List.of(a, b, c)) {
        awaitBridge(host, 1450);
      }
      Container onA = a.attach();
      Container onB = b.attach();
      Container onC = c.attach();
      assertEquals(1450, mtu(onB.namespace(), "ethwe"));
      onA.reaches(onB, "-M", "do", "-s", "1422");
      onB.reaches(onC, "-M", "do", "-s", "1422");
      onC.reaches(onA, "-M", "do", "-s", "1422");

      b.crash();
      b.launch("--fastdp-by=user", "--mtu=1376", "--ipalloc-init", seed, a.address());
      awaitBridge(b, 1376);
      awaitBridge(a, 1376);
      awaitBridge(c, 1376);
      onC.reaches(onA, "-M", "do", "-s", "1422");
    }
  }

  private static void awaitBridge(Host host, int mtu) throws Exception {
    Await.until(
        "the bridge of " + host.label(),
        LIMIT,
        () -> mtu(host.namespace(), "weave"),
        now -> now == mtu);
  }

  private static int mtu(Namespace namespace, String link) throws IOException {
    Matcher mtu = MTU.matcher(namespace.ip("link", "show", link));
    assertTrue(mtu.find(), "an MTU of " + link);
    return Integer.parseInt(mtu.group(1));
  }
}
