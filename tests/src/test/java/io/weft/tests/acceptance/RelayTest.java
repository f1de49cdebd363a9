package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Three hosts in a chain, the ends of which have no connection. */
final class RelayTest {
  private static final int MEGABYTES = 4 * 1024 * 1024;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @ParameterizedTest
  @MethodSource("io.weft.tests.acceptance.OverlayMode#all")
  void theEndsOfAChainReachEachOtherAndHearABroadcastOnce(OverlayMode mode) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      mode.launch(b, "--ipalloc-init=consensus=3");
      mode.launch(a, "--ipalloc-init=consensus=3", b.address());
      mode.launch(c, "--ipalloc-init=consensus=3", b.address());
      b.awaitConnections("established", 2);
      a.awaitConnections("established", 1);
      c.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      Container onC = c.attach();
      onA.reaches(onC);
      onC.reaches(onA);
      onB.reaches(onC);
      a.awaitConnections("established", 1);
      c.awaitConnections("established", 1);
      Broadcasts.areHeardOnce(onA, onC);
      Broadcasts.areHeardOnce(onA, onB);
      Broadcasts.areHeardOnce(onB, onA);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRelayPassesFramesOnBetweenNeighboursThatHaveNoOverlayInCommon(boolean encrypted)
      throws Exception {
    Map<String, String> environment =
        encrypted ? Map.of("WEAVE_PASSWORD", "correct horse") : Map.of();
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host c = underlay.host("c");
      String[] options = {"--no-discovery", "--ipalloc-init=consensus=3"};
      b.launch(environment, options[0], options[1], "--overlays=sleeve2,sleeve");
      a.launch(environment, options[0], options[1], "--overlays=sleeve2", b.address());
      c.launch(environment, options[0], options[1], "--overlays=sleeve", b.address());
      b.awaitConnections("established", 2);
      String shown = b.control().get("/status/connections").orFail();
      assertTrue(shown.contains(" sleeve2 ") && shown.contains(" sleeve "), shown);
      String off = " fastdp-switched-off-here";
      b.awaitPaths("sleeve2" + off, "sleeve" + off + ",sleeve2-not-offered-by-peer");
      c.awaitPaths("sleeve" + off + ",sleeve2-switched-off-here");
      Container onA = a.attach();
      Container onC = c.attach();
      onA.reaches(onC, "-s", "10000");
      onC.reaches(onA, "-s", "10000");
      for (long seed = 1; seed <= 2; seed++) {
        try (ContainerStream there = ContainerStream.open(onA, onC);
            ContainerStream back = ContainerStream.open(onC, onA)) {
          there.transfer(MEGABYTES, seed);
          back.transfer(MEGABYTES, seed);
        }
      }
      assertTrue(a.control().metric("weft_sleeve2_frames_sent_total") > 100, "one half");
      assertTrue(c.control().metric("weft_sleeve_frames_sent_total") > 100, "the other half");
      Broadcasts.areHeardOnce(onA, onC);
      Broadcasts.areHeardOnce(onC, onA);
    }
  }
}
