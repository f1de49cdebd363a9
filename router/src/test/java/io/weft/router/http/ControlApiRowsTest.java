package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rows of the tables of ipam.md 8 that {@link ControlApiTest} does not cover. */
final class ControlApiRowsTest {
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
  void subnetsAreCheckedWhereverOneIsGivenAndClaimedAddressesOnlyParsed() throws Exception {
    for (String method : List.of("GET", "POST")) {
      assertEquals(
          "400 invalid subnet - bits after network prefix are not all zero: 10.32.0.5/24\n",
          brief(method + " /ip/c1/10.32.0.5/24"));
      assertEquals(
          "400 invalid subnet - smaller than minimum size 4: 10.32.0.0/31\n",
          brief(method + " /ip/c1/10.32.0.0/31"));
    }
    assertEquals("400 invalid CIDR address: 10.32.0.5/x\n", brief("PUT /ip/c1/10.32.0.5/x"));
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.5/32"));
    assertEquals("204 ", brief("PUT /ip/c1/192.168.0.5/24"));
  }

  @Test
  void aClaimNamesTheOtherOwner() throws Exception {
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.5/24"));
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.5/24"));
    assertEquals(
        "400 Unable to claim: address 10.32.0.5/24 is already owned by c1\n",
        brief("PUT /ip/c2/10.32.0.5/24"));
    assertEquals("204 ", brief("PUT /ip/_/10.32.0.5/24"));
  }

  @Test
  void addressesOfNobodyAreListedAndFreedByTheirText() throws Exception {
    assertEquals("200 10.32.0.1/24", brief("POST /ip/_"));
    assertEquals("200 10.32.0.2/24", brief("POST /ip/_/10.32.0.0/24"));
    assertEquals("200 10.32.0.2/24", brief("GET /ip/10.32.0.2"));
    assertEquals("204 ", brief("DELETE /ip/10.32.0.1"));
    assertEquals("204 ", brief("DELETE /ip/10.32.0.2/10.32.0.2"));
    assertEquals("200 {\"owned\":null}\n", brief("GET /ip"));
  }

  @Test
  void severalAddressesAreSeparatedByBlanks() throws Exception {
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.5/24"));
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.7/24"));
    assertEquals("200 10.32.0.5/24 10.32.0.7/24", brief("GET /ip/c1"));
  }

  @Test
  void contentTypesAreThoseOfThePage() throws Exception {
    assertHeader("GET /ip", "content-type: application/json");
    assertHeader("POST /ip/c1", "content-type: text/plain; charset=utf-8");
    assertHeader("GET /metrics", "content-type: text/plain; version=0.0.4");
    assertHeader("GET /status", "content-type: text/plain; charset=utf-8");
    String empty = HttpTestClient.exchange(bench.address(), "DELETE /ip/c1");
    assertFalse(empty.toLowerCase(Locale.ROOT).contains("content-type"), empty);
    assertFalse(empty.toLowerCase(Locale.ROOT).contains("content-length"), empty);
  }

  private void assertHeader(String request, String header) throws IOException {
    String answer = HttpTestClient.exchange(bench.address(), request).toLowerCase(Locale.ROOT);
    assertTrue(answer.contains("\r\n" + header), answer);
  }

  @Test
  void knownPathsRefuseOtherMethodsAndUnknownOnesAreNotThere() throws Exception {
    for (String known :
        List.of(
            "DELETE /ip",
            "PUT /ip/c1",
            "GET /ip/c1/10.32.0.1",
            "PUT /ring",
            "GET /peer",
            "POST /peer/x",
            "POST /ipinfo/tracker",
            "HEAD /ip",
            "HEAD /report",
            "GET /forget")) {
      assertEquals("405 ", brief(known), known);
    }
    for (String unknown :
        List.of(
            "GET /",
            "GET /ip/",
            "GET /ip/c1/",
            "DELETE /ip/a/b/c/d",
            "GET /ring/",
            "GET /ipinfo",
            "GET /domain",
            "GET /name",
            "GET /dns-address",
            "GET /proxyaddrs",
            "POST /expose/10.32.0.1/24",
            "GET /status/nothing")) {
      assertEquals("404 404 page not found\n", brief(unknown), unknown);
    }
  }

  @Test
  void aRedirectKeepsItsParameters() throws Exception {
    String moved = HttpTestClient.exchange(bench.address(), "POST //ip/c1?check-alive=true");
    assertTrue(moved.startsWith("HTTP/1.1 301 "), moved);
    assertTrue(
        moved.toLowerCase(Locale.ROOT).contains("\r\nlocation: /ip/c1?check-alive=true\r\n"),
        moved);
  }

  @Test
  void parametersMayBeInAFormExceptForADelete() throws Exception {
    String claimed;
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.send(
          "PUT /ip/c1/10.32.0.9/24",
          "timeout=x",
          "Content-Type: application/x-www-form-urlencoded",
          "Content-Length: 9");
      claimed = HttpTestClient.brief(client.readAll());
    }
    assertTrue(claimed.startsWith("400 bad parameter timeout: "), claimed);
    assertEquals("204 ", brief("PUT /ip/c1/10.32.0.9/24"));
    try (HttpTestClient client = new HttpTestClient(bench.address())) {
      client.send(
          "DELETE /ip/c1",
          "timeout=x",
          "Content-Type: application/x-www-form-urlencoded",
          "Content-Length: 9");
      assertEquals("204 ", HttpTestClient.brief(client.readAll()));
    }
  }

  private String brief(String requestLine) throws IOException {
    return HttpTestClient.brief(HttpTestClient.exchange(bench.address(), requestLine));
  }
}
