package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The ground the other tests stand on: hosts reach each other, captures capture, nothing stays. */
final class UnderlayTest {
  private static final String PATTERN = "SeenByTheCapture";

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void hostsReachEachOtherInViewOfTheWireAndLeaveNothingBehind() throws Exception {
    String links = Command.run(List.of("ip", "-o", "link")).orFail().out();
    String name;
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      name = a.namespace().name();
      try (Capture wire = Capture.start(underlay.wire(), underlay.port("a"))) {
        Container onA = new Container(a.namespace(), a.address());
        Container onB = new Container(b.namespace(), b.address());
        String hex = HexFormat.of().formatHex(PATTERN.getBytes(StandardCharsets.US_ASCII));
        onA.reaches(onB, "-s", "32", "-p", hex);
        Await.until(
            "request and answer are captured",
            Duration.ofSeconds(20),
            () -> wire.count(PATTERN),
            seen -> seen >= 2);
        assertEquals(0, wire.count("NeverSent"));
      }
      assertTrue(Command.run(List.of("ip", "netns")).out().contains(name));
    }
    assertTrue(!Command.run(List.of("ip", "netns")).out().contains(name));
    assertTrue(
        Command.run(List.of("ip", "-o", "link")).out().lines().noneMatch(l -> l.contains("port-"))
            || links.contains("port-"),
        "links of the machine");
  }
}
