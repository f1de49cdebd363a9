package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AddressClientTest {
  private static final Optional<Ipv4Prefix> SUBNET = Optional.of(Ipv4Prefix.parse("10.32.1.0/24"));

  private ServerSocket server;
  private ControlClient control;
  private AddressClient addresses;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    control = new ControlClient(new ControlAddress(":" + server.getLocalPort()));
    addresses = new AddressClient(control);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void asksForAddressesByIdentityAndSubnet() throws Exception {
    CompletableFuture<String> plain = answer("200 OK", "10.32.0.1/12");
    assertEquals(Ipv4Prefix.parse("10.32.0.1/12"), addresses.allocate("a b/c", Optional.empty()));
    assertEquals("POST /ip/a%20b%2Fc HTTP/1.0", plain.get(10, TimeUnit.SECONDS));
    CompletableFuture<String> subnet = answer("200 OK", "10.32.1.7/24");
    assertEquals(Ipv4Prefix.parse("10.32.1.7/24"), addresses.allocate("c1", SUBNET));
    assertEquals("POST /ip/c1/10.32.1.0/24 HTTP/1.0", subnet.get(10, TimeUnit.SECONDS));
  }

  @Test
  void claimsLooksUpAndReleases() throws Exception {
    CompletableFuture<String> claim = answer("204 No Content", "");
    addresses.claim("c1", Ipv4Prefix.parse("10.32.0.9/12"));
    assertEquals("PUT /ip/c1/10.32.0.9/12 HTTP/1.0", claim.get(10, TimeUnit.SECONDS));
    CompletableFuture<String> lookup = answer("200 OK", "10.32.0.9/12 10.32.0.8/12");
    assertEquals(2, addresses.lookup("c1", Optional.empty()).size());
    assertEquals("GET /ip/c1 HTTP/1.0", lookup.get(10, TimeUnit.SECONDS));
    CompletableFuture<String> none = answer("200 OK", "");
    assertEquals(List.of(), addresses.lookup("c2", SUBNET));
    assertEquals("GET /ip/c2/10.32.1.0/24 HTTP/1.0", none.get(10, TimeUnit.SECONDS));
    CompletableFuture<String> one = answer("204 No Content", "");
    addresses.release("c1", Ipv4Address.parse("10.32.0.9"));
    assertEquals("DELETE /ip/c1/10.32.0.9 HTTP/1.0", one.get(10, TimeUnit.SECONDS));
  }

  @Test
  void tellsRefusedFromNotOfferedFromCancelledFromAbsent() throws Exception {
    CompletableFuture<String> refused = answer("400 Bad Request", "Delete: no addresses for c1\n");
    ControlException refusal = assertThrows(ControlException.class, () -> addresses.release("c1"));
    assertEquals("Delete: no addresses for c1", refusal.getMessage());
    assertFalse(refusal.notOffered());
    assertEquals("DELETE /ip/c1 HTTP/1.0", refused.get(10, TimeUnit.SECONDS));

    CompletableFuture<String> disabled = answer("404 Not Found", "404 page not found\n");
    assertTrue(assertThrows(ControlException.class, () -> addresses.defaultSubnet()).notOffered());
    assertEquals("GET /ipinfo/defaultsubnet HTTP/1.0", disabled.get(10, TimeUnit.SECONDS));

    for (String body : List.of("cancelled", "10.32.0.1", "<html>")) {
      CompletableFuture<String> odd = answer("200 OK", body);
      assertThrows(ControlException.class, () -> addresses.allocate("c1", Optional.empty()), body);
      assertTrue(odd.get(10, TimeUnit.SECONDS).startsWith("POST"));
    }
    server.close();
    assertThrows(ConnectException.class, () -> addresses.defaultSubnet());
  }

  @Test
  void givesUpWaitingWhenThereIsALimit() {
    // Nobody accepts: the request lies in the listener's queue.
    AddressClient hasty = new AddressClient(control.withTimeout(Duration.ofMillis(50)));
    assertThrows(SocketTimeoutException.class, () -> hasty.allocate("c1", Optional.empty()));
  }

  @Test
  void asksForTheReportAsWeaveNetWantsIt() throws Exception {
    CompletableFuture<List<String>> head = serve("200 OK", "{}");
    assertEquals("{}", control.request("GET", "/report").body());
    List<String> sent = head.get(10, TimeUnit.SECONDS);
    assertTrue(sent.contains("Accept: application/json"), sent.toString());
  }

  /** Answers the next request and returns its first line. */
  private CompletableFuture<String> answer(String status, String body) {
    return serve(status, body).thenApply(List::getFirst);
  }

  /** Answers the next request and returns the lines of its head. */
  private CompletableFuture<List<String>> serve(String status, String body) {
    return CompletableFuture.supplyAsync(() -> {
      try (Socket socket = server.accept()) {
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        List<String> head = reader.lines().takeWhile(line -> !line.isEmpty()).toList();
        String answer = "HTTP/1.1 " + status + "\r\n\r\n" + body;
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        return head;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
  }
}
