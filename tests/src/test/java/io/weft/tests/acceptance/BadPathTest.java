package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A path that loses packets, translates addresses, and ends at a router that dies. */
final class BadPathTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MEGABYTES = 4 * 1024 * 1024;
  private static final int MOST_TRANSFERS = 50;
  private static final int TRANSLATED_PORT = 40_123;
  private static final long SOME_BYTES = 20_000;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of("nft", "sysctl"));
  }

  static Stream<Arguments> modesAndCaptures() throws IOException {
    return OverlayMode.sealed()
        .flatMap(mode -> Stream.of("tap", "pcap").map(capture -> Arguments.of(mode, capture)));
  }

  @ParameterizedTest
  @MethodSource("modesAndCaptures")
  void aStreamOutlivesLossANewAddressAndTheDeathOfARouter(OverlayMode mode, String capture)
      throws Exception {
    String[] options = {"--ipalloc-init=consensus=2", "--capture=" + capture};
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      RoutedPath path = new RoutedPath(underlay, a, b);
      mode.launch(a, options);
      String[] joining = {options[0], options[1], path.left()};
      mode.launch(b, joining);
      b.awaitConnections("established", 1);
      String status = b.control().get("/status").orFail();
      assertTrue(status.contains("(via " + capture + ")"), status);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);

      path.lose();
      try (ContainerStream stream = ContainerStream.open(onA, onB)) {
        // A run of datagrams counts as one packet here, so that few transfers may lose none.
        for (long seed = 1; seed <= MOST_TRANSFERS && path.counted() == 0; seed++) {
          stream.transfer(MEGABYTES, seed);
        }
      }
      assertTrue(path.counted() > 0, "something was lost");
      path.heal();

      try (ContainerStream stream = ContainerStream.open(onA, onB)) {
        ContainerStream.Flow flow = stream.flow();
        goesOn("before", flow);
        path.translate(TRANSLATED_PORT);
        onB.reaches(onA);
        goesOn("after the neighbour's port has changed", flow);
        assertTrue(path.counted() > 0, "answers go to the new port");
        path.heal();

        b.crash();
        mode.launch(b, joining);
        b.awaitConnections("established", 1);
        goesOn("after a router was killed and started again", flow);
      }
    }
  }

  private static void goesOn(String when, ContainerStream.Flow flow) throws Exception {
    long before = flow.arrived();
    Await.until(
        "the stream goes on " + when, LIMIT, flow::arrived, now -> now > before + SOME_BYTES);
  }
}
