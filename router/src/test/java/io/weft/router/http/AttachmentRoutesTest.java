package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.MacAddress;
import io.weft.router.host.AddressScan.Attachment;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code weave ps} prints (features.md 1.2, row S4). */
final class AttachmentRoutesTest {
  private static final String LONG_ID = "0123456789abcdef".repeat(4);
  private static final String BRIDGE = "weave:expose 7a:00:00:00:00:01";

  private ApiBench bench;

  @BeforeEach
  void start() throws Exception {
    bench = ApiBench.start(1);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  private static Attachment attachment(String ident, long mac, String address) {
    return new Attachment(
        ident, "vethwepl1", new MacAddress(mac), Optional.of(Ipv4Prefix.parse(address)));
  }

  private String brief(String requestLine) throws IOException {
    return HttpTestClient.brief(HttpTestClient.exchange(bench.address(), requestLine));
  }

  @Test
  void namesContainersAsTheAllocatorDoesAndElseAsTheHostDoes() throws Exception {
    assertEquals("204 ", brief("PUT /ip/" + LONG_ID + "@eth0/10.32.0.5/24"));
    assertEquals("204 ", brief("PUT /ip/c%3A1/10.99.0.5/24"));
    bench.control.attachments =
        Optional.of(
            List.of(
                attachment("_", 1, "10.32.0.5/24"),
                attachment("netns-7", 2, "10.32.0.6/24"),
                attachment("netns-7", 2, "10.98.0.6/24"),
                attachment("_", 3, "10.99.0.5/24")));
    String[] lines = {
      BRIDGE,
      "0123456789ab 00:00:00:00:00:01 10.32.0.5/24",
      "netns-7 00:00:00:00:00:02 10.32.0.6/24 10.98.0.6/24",
      "c:1 00:00:00:00:00:03 10.99.0.5/24"
    };
    assertEquals("200 " + String.join("\n", lines) + "\n", brief("GET /attachments"));
    for (String id : List.of(LONG_ID, "0123456789ab", "01")) {
      assertEquals("200 " + lines[1] + "\n", brief("GET /attachments?id=" + id));
    }
    assertEquals(
        "200 " + lines[2] + "\n" + lines[3] + "\n",
        brief("GET /attachments?id=c%3A1&id=netns-7&id=nobody"));
    assertEquals("200 ", brief("GET /attachments?id=netns"));
  }

  @Test
  void aHostThatCannotBeSearchedIsNoEmptyHost() throws Exception {
    bench.control.attachments = Optional.empty();
    assertTrue(brief("GET /attachments").startsWith("503 this host could not be searched"));
    bench.control.attachments = Optional.of(List.of());
    assertEquals("200 " + BRIDGE + "\n", brief("GET /attachments"));
  }
}
