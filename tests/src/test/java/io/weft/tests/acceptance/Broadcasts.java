package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/** Pings to all containers at once, each of which is to arrive once whatever way it takes. */
final class Broadcasts {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final int BROADCASTS = 5;

  private Broadcasts() {}

  /** A listener hears each broadcast of a speaker, and none twice. */
  static void areHeardOnce(Container speaker, Container listener) throws Exception {
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
