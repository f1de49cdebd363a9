package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Three hosts in a chain, the ends of which have no connection. */
final class RelayTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final int BROADCASTS = 5;
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
      hearsOnce(onA, onC);
      hearsOnce(onA, onB);
      hearsOnce(onB, onA);
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
      hearsOnce(onA, onC);
      hearsOnce(onC, onA);
    }
  }

  /** A listener hears each broadcast of a speaker, and none twice. */
  static void hearsOnce(Container speaker, Container listener) throws Exception {
    String broadcast = "Broadcast-%-6.6s".formatted(speaker.address().replace(".", ""));
    String last = "TheLastOfThemAll";
    try (Capture heard = Capture.start(listener.namespace(), "ethwe", "icmp[icmptype]=icmp-echo")) {
      String[] options = {
        "-b", "-s", "32", "-p", hex(broadcast), "-i", "0.1", "-c", Integer.toString(BROADCASTS)
      };
      speaker.ping("10.47.255.255", options);
      Await.until("a broadcast arrives", LIMIT, () -> heard.count(broadcast), seen -> seen > 0);
      speaker.reaches(listener, "-s", "32", "-p", hex(last));
      Await.until("what follows it arrives", LIMIT, () -> heard.count(last), seen -> seen > 0);
      assertEquals(BROADCASTS, heard.count(broadcast), "copies of " + BROADCASTS + " broadcasts");
    }
  }

  private static String hex(String pattern) {
    return HexFormat.of().formatHex(pattern.getBytes(StandardCharsets.US_ASCII));
  }
}
