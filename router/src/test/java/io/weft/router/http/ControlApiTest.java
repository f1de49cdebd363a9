package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.router.metrics.Counter;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The control address over loopback, with a real allocator behind it. */
final class ControlApiTest {
  private ApiBench bench;

  @BeforeEach
  void start() throws Exception {
    bench = ApiBench.start(0);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void allocatesTheSameAddressToTheSameIdentityAndAnotherToAnother() throws Exception {
    assertEquals("200 10.32.0.1/24", brief("POST /ip/c1"));
    assertEquals("200 10.32.0.1/24", brief("POST /ip/c1"));
    assertEquals("200 10.32.0.2/24", brief("POST /ip/c2"));
    assertEquals("200 10.32.0.1/24", brief("GET /ip/c1"));
    assertEquals("200 ", brief("GET /ip/c9"));
    assertEquals("200 10.32.0.129/25", brief("POST /ip/c3/10.32.0.128/25"));
    assertEquals("200 10.32.0.129/25", brief("GET /ip/c3/10.32.0.128/25"));
    assertEquals(
        "200 {\"owned\":[{\"containerid\":\"c1\",\"addrs\":[\"10.32.0.1/24\"]},"
            + "{\"containerid\":\"c2\",\"addrs\":[\"10.32.0.2/24\"]},"
            + "{\"containerid\":\"c3\",\"addrs\":[\"10.32.0.129/25\"]}]}\n",
        brief("GET /ip"));
  }

  @Test
  void refusesSubnetsAndAddressesWithTheTextsOfThePage() throws Exception {
    assertEquals(
        "400 range 10.40.0.0/24 out of bounds: 10.32.0.0/24\n", brief("POST /ip/c1/10.40.0.0/24"));
    assertEquals("400 invalid CIDR address: x/24\n", brief("POST /ip/c1/x/24"));
    assertEquals("400 invalid CIDR address: 10.32.0.0/33\n", brief("GET /ip/c1/10.32.0.0/33"));
    assertEquals("400 invalid IP Address: 10.0\n", brief("DELETE /ip/c1/10.0"));
    assertEquals(
        "400 Unable to free: Free: address 10.32.0.1 not found for c1\n",
        brief("DELETE /ip/c1/10.32.0.1"));
    assertEquals("400 Delete: no addresses for c1\n", brief("DELETE /ip/c1"));
  }

  @Test
  void namesALimitThatIsNone() throws Exception {
    for (String request : List.of("POST /ip/c1", "PUT /ip/c1/10.32.0.9/24", "GET /ring")) {
      assertEquals(
          "400 bad parameter timeout: \"1x\" is no duration from 1 s to 3600 s, written as 90 or"
              + " 1m30s\n",
          brief(request + "?timeout=1x"));
    }
    assertEquals("200 {\"owned\":null}\n", brief("GET /ip"));
    assertEquals("200 10.32.0.1/24", brief("POST /ip/c1?timeout=30s"));
  }

  @Test
  void releasesAndClaims() throws Exception {
    assertEquals("200 10.32.0.1/24", brief("POST /ip/c1"));
    assertEquals("204 ", brief("DELETE /ip/c1/10.32.0.1"));
    assertEquals("204 ", brief("PUT /ip/c2/10.32.0.1/24"));
    assertTrue(brief("PUT /ip/c3/10.32.0.1/24").startsWith("400 Unable to claim: "));
    assertEquals("204 ", brief("DELETE /ip/c2"));
    assertEquals("400 Delete: no addresses for c2\n", brief("DELETE /ip/c2"));
    assertEquals("200 {\"owned\":null}\n", brief("GET /ip"));
  }

  @Test
  void answersWhatClientsAskBeforeTheyAllocate() throws Exception {
    assertEquals("200 10.32.0.0/24", brief("GET /ipinfo/defaultsubnet"));
    assertEquals("200 no-masq-local\n", brief("GET /ipinfo/tracker"));
    assertEquals("200 ", brief("GET /ring"));
    assertEquals("200 0 IPs taken over from nobody\n", brief("DELETE /peer/nobody"));
    assertEquals("204 ", brief("DELETE /peer"));
    assertEquals("200 cancelled", brief("POST /ip/c1"));
  }

  @Test
  void errorsArePlainTextThatBrowsersDoNotGuessAbout() throws Exception {
    String answer = HttpTestClient.exchange(bench.address(), "GET /nothing");
    String headers = answer.toLowerCase(Locale.ROOT);
    assertTrue(headers.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"), answer);
    assertTrue(headers.contains("\r\nx-content-type-options: nosniff\r\n"), answer);
    assertEquals("404 404 page not found\n", HttpTestClient.brief(answer));
  }

  @Test
  void knowsItsPathsAndMethods() throws Exception {
    assertEquals("404 404 page not found\n", brief("GET /status/"));
    assertEquals("404 404 page not found\n", brief("GET /status/other"));
    assertEquals("200 ", brief("GET /status/dns"));
    assertEquals("404 404 page not found\n", brief("POST /ip/"));
    assertEquals("405 ", brief("POST /status"));
    assertEquals("405 ", brief("HEAD /status"));
    assertEquals("405 ", brief("GET /connect"));
    assertEquals("405 ", brief("GET /report"));
    assertEquals("200 10.32.0.129/25", brief("POST /ip/c3%2F10.32.0.128%2F25"));
    String moved = HttpTestClient.exchange(bench.address(), "GET //status/../ip");
    assertTrue(moved.startsWith("HTTP/1.1 301 "), moved);
    assertTrue(moved.toLowerCase(Locale.ROOT).contains("\r\nlocation: /ip\r\n"), moved);
    String split = HttpTestClient.exchange(bench.address(), "GET //a%0d%0aX:%20y");
    assertTrue(split.contains("/a%0D%0AX:%20y\r\n"), split);
  }

  @Test
  void statusIs503WithTheSameTextUntilTheRouterIsReady() throws Exception {
    bench.control.ready = false;
    String waiting = brief("GET /status");
    assertTrue(waiting.startsWith("503         Version: "), waiting);
    bench.control.ready = true;
    assertEquals("200 " + waiting.substring(4), brief("GET /status"));
  }

  @Test
  void theStatusAddressOnlyReads() throws Exception {
    assertTrue(
        HttpTestClient.exchange(bench.statusAddress(), "GET /status").startsWith("HTTP/1.1 200 "));
    for (String forbidden : List.of("POST /ip/c1", "POST /connect", "DELETE /peer")) {
      assertTrue(
          HttpTestClient.exchange(bench.statusAddress(), forbidden).startsWith("HTTP/1.1 404 "),
          forbidden);
    }
  }

  @Test
  void theMetricsAddressServesOnlyMetrics() throws Exception {
    String metrics = HttpTestClient.exchange(bench.metricsAddress(), "GET /metrics");
    assertTrue(metrics.startsWith("HTTP/1.1 200 "), metrics);
    assertTrue(metrics.contains("# TYPE weave_"), metrics);
    for (String other : List.of("GET /status", "GET /report", "POST /ip/c1", "POST /connect")) {
      assertTrue(
          HttpTestClient.exchange(bench.metricsAddress(), other).startsWith("HTTP/1.1 404 "),
          other);
    }
  }

  @Test
  void connectsToThePeersThatAreValidAndNamesTheOthers() throws Exception {
    String answer =
        HttpTestClient.post(
            bench.address(), "/connect", "peer=10.0.0.1&peer=%3Abad&peer=10.0.0.2%3A99");
    assertEquals(
        "400 invalid peer name \":bad\", should be host[:port]\n", HttpTestClient.brief(answer));
    assertEquals(List.of("connect 10.0.0.1, 10.0.0.2:99"), bench.control.calls());
    assertEquals(
        "200 ",
        HttpTestClient.brief(
            HttpTestClient.post(bench.address(), "/connect?replace=true", "peer=10.0.0.3")));
    assertEquals(
        "200 ",
        HttpTestClient.brief(HttpTestClient.post(bench.address(), "/forget", "peer=10.0.0.3")));
    assertEquals(
        List.of("connect 10.0.0.1, 10.0.0.2:99", "replace 10.0.0.3", "forget 10.0.0.3"),
        bench.control.calls());
  }

  @Test
  void rendersTheReportAsATemplateSays() throws Exception {
    assertEquals(
        "200 true 7a:00:00:00:00:01",
        brief("GET /report?format=%7B%7B.Ready%7D%7D+%7B%7B.Router.Name%7D%7D"));
    assertEquals("200 a", brief("GET /report?format=a"));
    assertEquals(
        "400 error: must supply one format parameter\n", brief("GET /report?format=a&format=b"));
    assertEquals(
        "400 template: function \"nothing\" not defined\n",
        brief("GET /report?format=%7B%7Bnothing%7D%7D"));
    assertEquals(
        "500 error during template execution: template: there is no field Dns here\n",
        brief("GET /report?format=%7B%7B.Dns%7D%7D"));
    assertEquals("200 null", brief("GET /report?format=%7B%7Bjson+.DNS%7D%7D"));
    assertEquals("405 ", brief("GET /report"));
    String report =
        HttpTestClient.exchange(bench.address(), "GET /report", "Accept: application/json");
    assertTrue(report.contains("\r\n\r\n{\n    \"Ready\": true,\n"), report);
    assertTrue(brief("GET /metrics").contains("\nweave_max_ips 256\n"));
  }

  @Test
  void malformedRequestsCostTheirSenderTheConnectionAndNobodyElseAnything() throws Exception {
    for (String bad :
        List.of(
            "nonsense\r\n\r\n",
            "GET /%zz HTTP/1.1\r\n\r\n",
            "GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA: " + "x".repeat(20_000) + "\r\n\r\n",
            "POST /connect HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            "\0\1\2\3\r\n\r\n")) {
      try (HttpTestClient client = new HttpTestClient(bench.address())) {
        client.sendRaw(bad);
        String answer = client.readAll();
        assertTrue(answer.startsWith("HTTP/1.1 4"), bad.substring(0, 8) + " got " + answer);
      }
    }
    assertEquals("200 10.32.0.1/24", brief("POST /ip/c1"));
  }

  @Test
  void answersRequestsThatWereSentAheadInTheirOrder() throws Exception {
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.sendRaw("GET /ipinfo/defaultsubnet HTTP/1.1\r\nHost: x\r\n\r\n");
      client.send("GET /ipinfo/tracker", "");
      String answers = client.readAll();
      assertTrue(answers.indexOf("10.32.0.0/24") > 0, answers);
      assertTrue(answers.endsWith("\r\n\r\nno-masq-local\n"), answers);
      assertEquals(2, bench.counters.get(Counter.HTTP_REQUESTS));
    }
  }

  @Test
  void withoutAnAllocatorItsRoutesDoNotExist() throws Exception {
    bench.close();
    bench = ApiBench.startWithoutAllocator();
    assertEquals("404 404 page not found\n", brief("POST /ip/c1"));
    assertEquals("200 ", brief("GET /status/ipam"));
    assertEquals("200 ", brief("GET /status/dns"));
    assertEquals("404 404 page not found\n", brief("GET /ring"));
    assertEquals("204 ", brief("DELETE /peer"));
    assertEquals("200 ", brief("DELETE /peer/x"));
    assertFalse(brief("GET /metrics").contains("weave_ipam"));
  }

  private String brief(String requestLine) throws IOException {
    return HttpTestClient.brief(HttpTestClient.exchange(bench.address(), requestLine));
  }
}
