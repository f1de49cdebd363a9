package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames that user space carries and that pass beside the bridge, and when they must not. */
final class BesideTapTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String MAC = "5a:00:00:00:00:79";
  private static final String ADDRESS = "10.47.1.79";
  private static final int PINGS = 10;
  private static final long MEGABYTE = 1_000_000;
  private static final long LARGEST_FRAME = 65_536;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("tc"));
  }

  static List<OverlayMode> modes() {
    return List.of(new OverlayMode("sleeve", false), new OverlayMode("sleeve2", true));
  }

  @ParameterizedTest
  @MethodSource("modes")
  void framesOfEachOverlayPassBesideTheBridgeWhole(OverlayMode mode) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      mode.launch(a, "--ipalloc-init", "consensus=2");
      mode.launch(b, "--ipalloc-init", "consensus=2", a.address());
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      awaitBeside("from the first on", a, onA, onB, true);
      awaitBeside("and back", b, onB, onA, true);
      long frames = counted(b, "given");
      try (TcpStream stream = TcpStream.between(onA, onB)) {
        Await.until("a stream arrives", LIMIT, stream::received, bytes -> bytes > 20 * MEGABYTE);
        long given = counted(b, "given") - frames;
        assertTrue(given >= 20 * MEGABYTE / LARGEST_FRAME, given + " frames beside the bridge");
        // No frame may be led to where the router of before was.
        a.crash();
        mode.launch(a, "--ipalloc-init", "consensus=2", b.address());
        long before = stream.received();
        Await.until(
            "the stream goes on with the next router",
            Duration.ofSeconds(90),
            stream::received,
            bytes -> bytes > before + 20 * MEGABYTE);
      }
      awaitBeside("by the next router", a, onA, onB, true);
    }
  }

  @Test
  void aPortPassesTheBridgeWhereSomebodyTreatsItsFramesOrTheOperatorSaysSo() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      a.launch("--no-fastdp", "--ipalloc-init", "consensus=2");
      b.launch("--no-fastdp", "--ipalloc-init", "consensus=2", "--bridge-filter=on", a.address());
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      awaitBeside("as it comes", a, onA, onB, true);
      assertEquals(0, counted(b, "sent"), "past the rules");
      assertEquals(0, counted(b, "given"), "past the rules");
      String port = FastdpHosts.onlyPort(a);
      a.namespace()
          .run(
              "tc", "qdisc", "add", "dev", port, "root", "tbf", "rate", "100mbit", "burst", "32kb",
              "latency", "1ms")
          .orFail();
      awaitBeside("behind a limit", a, onA, onB, false);
      a.namespace().run("tc", "qdisc", "del", "dev", port, "root").orFail();
      awaitBeside("without it", a, onA, onB, true);
    }
  }

  @Test
  void anAddressThatMovesIsFoundAgain() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host.launchAll(List.of("--no-fastdp", "--ipalloc-init", "consensus=2"), a, b);
      b.awaitConnections("established", 1);
      Container watcher = b.attach();
      List<Container> places = List.of(a.attach(), a.attach(), b.attach());
      for (Container place : places) {
        place.namespace().ip("link", "set", "ethwe", "down");
        place.namespace().ip("link", "set", "ethwe", "address", MAC);
        place.namespace().ip("addr", "add", ADDRESS + "/12", "dev", "ethwe");
      }
      // Between ports of one host, then to the watcher's, where the router knows it at the other.
      for (int place : new int[] {0, 1, 0, 2}) {
        Namespace namespace = places.get(place).namespace();
        namespace.ip("link", "set", "ethwe", "up");
        Container moved = new Container(namespace, ADDRESS);
        moved.reaches(watcher, "-I", ADDRESS);
        watcher.ping(ADDRESS).orFail();
        if (place < 2) {
          awaitBeside("to its place " + place, b, watcher, moved, true);
        }
        namespace.ip("link", "set", "ethwe", "down");
      }
    }
  }

  /** Pings until all of some, or none, have passed beside the bridge of the sender, and back. */
  private static void awaitBeside(
      String what, Host host, Container from, Container to, boolean beside) throws Exception {
    for (String counter : List.of("sent", "given")) {
      Await.until(
          what + ", " + counter,
          LIMIT,
          () -> {
            long before = counted(host, counter);
            from.ping(to.address(), "-c", Integer.toString(PINGS), "-i", "0.01").orFail();
            return counted(host, counter) - before;
          },
          passed -> beside ? passed >= PINGS : passed == 0);
    }
  }

  private static long counted(Host host, String counter) throws IOException {
    return (long) host.control().metric("weft_beside_" + counter + "_total");
  }
}
