package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the path can carry, containers with the largest MTU get their packets through
 * (overlay.md B.9 to B.12; tests 105_frag and 190_no_fastdp of Weave Net).
 */
final class PathMtuTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TEN_KB = 10 * 1024;

  /** Makes a packet that a path of 1500 bytes takes with the headers of any overlay, only just. */
  private static final String LONG_BYTES = "1372";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "sysctl"));
  }

  /** Tests 190 at 1500 bytes, then 105 on a path that lies and passes no fragment. */
  @ParameterizedTest
  @MethodSource("io.weft.tests.acceptance.OverlayMode#all")
  void tenKilobytesPassOnEveryPathThatIsNarrowOrLies(OverlayMode mode) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      RoutedPath path = new RoutedPath(underlay, a, b);
      mode.launch(a, "--ipalloc-init=consensus=2");
      mode.launch(b, "--ipalloc-init=consensus=2", path.left());
      b.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      assertTrue(onA.namespace().ip("link", "show", "ethwe").contains(" mtu 65521 "), "container");
      carries(mode, a, b, onA, onB, 1500);

      // The router says so by ICMP, and everybody believes it without a new connection.
      path.narrow(1400);
      carries(mode, a, b, onA, onB, 1400);

      a.weave("stop");
      b.weave("stop");
      path.narrowSilently(1300);
      path.dropFragments();
      mode.launch(a, "--ipalloc-init=consensus=2");
      mode.launch(b, "--ipalloc-init=consensus=2", path.left());
      b.awaitConnections("established", 1);
      carries(mode, a, b, onA, onB, 1300);
    }
  }

  private static void carries(
      OverlayMode mode, Host a, Host b, Container onA, Container onB, int pathMtu)
      throws Exception {
    onA.reaches(onB, "-s", "10000");
    onB.reaches(onA, "-s", "10000");
    try (ContainerStream stream = ContainerStream.open(onA, onB)) {
      stream.transfer(TEN_KB, pathMtu);
    }
    try (ContainerStream stream = ContainerStream.open(onB, onA)) {
      stream.transfer(TEN_KB, pathMtu);
    }
    findsTheMtu(mode, a, onA, onB, pathMtu);
    findsTheMtu(mode, b, onB, onA, pathMtu);
    assertEquals(0, onA.ping(onB.address(), "-s", "10000").exit(), "with everything settled");
  }

  /** An end that sends nothing too long has no reason to look again (overlay.md B.9). */
  private static void findsTheMtu(
      OverlayMode mode, Host host, Container from, Container to, int pathMtu) throws Exception {
    String shown =
        Await.until(
            "%s shows the MTU of a path of %d bytes on %s".formatted(mode, pathMtu, host.label()),
            LIMIT,
            () -> {
              from.ping(to.address(), "-M", "do", "-s", LONG_BYTES);
              return host.control().get("/status/connections").orFail();
            },
            text -> mode.fits(OverlayMode.shownMtu(text), pathMtu));
    assertTrue(mode.isShownIn(shown), shown);
  }
}
