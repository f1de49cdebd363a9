package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Frames between containers and peers that pass beside the bridge, and when they must not. */
final class BesideBridgeTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String MAC = "5a:00:00:00:00:78";
  private static final String ADDRESS = "10.47.1.78";
  private static final int PINGS = 10;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "tc"));
  }

  @Test
  void aPortTakesTheWayBesideTheBridgeUnlessSomebodyTreatsItsFrames() throws Exception {
    FastdpHosts.two((a, b, onA, onB) -> {
      awaitDirect("from here", a, onA, onB, true);
      awaitGiven(b, onA, onB.address());
      String port = FastdpHosts.onlyPort(a);
      for (String[] qdisc :
          List.of(
              new String[] {"root", "tbf", "rate", "100mbit", "burst", "32kbit", "latency", "1ms"},
              new String[] {"ingress"},
              new String[] {"clsact"})) {
        tc(a, "add", port, qdisc);
        awaitDirect("beside " + qdisc[0], a, onA, onB, false);
        tc(a, "del", port, qdisc[0]);
        awaitDirect("without " + qdisc[0], a, onA, onB, true);
      }
      // What the kernel goes by must not outlive the way that it leads to.
      a.crash();
      onA.reaches(onB);
      a.launch("--no-fastdp", "--ipalloc-init", "consensus=2", b.address());
      onA.reaches(onB);
    });
  }

  @Test
  void anAddressThatMovesToAnotherPortOfItsHostIsFoundThere() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      FastdpHosts.launch(a, b);
      Container watcher = b.attach();
      List<Container> places = List.of(a.attach(), a.attach());
      for (Container place : places) {
        place.namespace().ip("link", "set", "ethwe", "down");
        place.namespace().ip("link", "set", "ethwe", "address", MAC);
        place.namespace().ip("addr", "add", ADDRESS + "/12", "dev", "ethwe");
      }
      for (int place : new int[] {0, 1, 0, 1}) {
        Namespace namespace = places.get(place).namespace();
        namespace.ip("link", "set", "ethwe", "up");
        Container moved = new Container(namespace, ADDRESS);
        moved.reaches(watcher, "-I", ADDRESS);
        awaitGiven(a, watcher, ADDRESS);
        namespace.ip("link", "set", "ethwe", "down");
      }
    }
  }

  @Test
  void whereRulesMustSeeTheFramesTheyPassTheBridge() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.namespace().run("nft", "add", "table", "ip", "nat").orFail();
      a.namespace().run("nft", "add", "chain", "ip", "nat", "KUBE-SERVICES").orFail();
      a.launch("--ipalloc-init", "consensus=2");
      b.launch("--ipalloc-init", "consensus=2", "--bridge-filter", "on", a.address());
      a.awaitOverlay("fastdp", 1);
      b.awaitOverlay("fastdp", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      onA.ping(onB.address(), "-c", "50", "-i", "0.02").orFail();
      for (Host host : List.of(a, b)) {
        assertTrue(FastdpHosts.counted(host, "sent_unicast") >= PINGS, "the kernel carries");
        assertEquals(0, FastdpHosts.counted(host, "sent_direct"), "past the rules");
        assertEquals(0, FastdpHosts.counted(host, "received_direct"), "past the rules");
      }
    }
  }

  /** Pings until all of some, or none, have passed beside the bridge of the first host. */
  private static void awaitDirect(
      String what, Host host, Container from, Container to, boolean direct) throws Exception {
    Await.until(
        what,
        LIMIT,
        () -> {
          long before = FastdpHosts.counted(host, "sent_direct");
          from.ping(to.address(), "-c", Integer.toString(PINGS), "-i", "0.01").orFail();
          return FastdpHosts.counted(host, "sent_direct") - before;
        },
        passed -> direct ? passed >= PINGS : passed == 0);
  }

  /** Pings, each of which must be answered, until some were given past the bridge of a host. */
  private static void awaitGiven(Host host, Container from, String to) throws Exception {
    long before = FastdpHosts.counted(host, "received_direct");
    Await.until(
        "frames for " + to + " pass beside the bridge",
        LIMIT,
        () -> {
          from.ping(to, "-c", Integer.toString(PINGS), "-i", "0.01").orFail();
          return FastdpHosts.counted(host, "received_direct");
        },
        given -> given > before);
  }

  private static void tc(Host host, String verb, String port, String... qdisc) throws IOException {
    String[] command = new String[5 + qdisc.length];
    System.arraycopy(new String[] {"tc", "qdisc", verb, "dev", port}, 0, command, 0, 5);
    System.arraycopy(qdisc, 0, command, 5, qdisc.length);
    host.namespace().run(command).orFail();
  }
}
