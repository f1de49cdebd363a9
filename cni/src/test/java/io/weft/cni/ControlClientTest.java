package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ControlClientTest {

  /** Accepts one connection, keeps what arrives up to the end of {@code last}, sends an answer. */
  private static CompletableFuture<String> serve(ServerSocket server, String last, String answer) {
    return CompletableFuture.supplyAsync(() -> {
      try (Socket socket = server.accept()) {
        StringBuilder request = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (!request.toString().endsWith(last)) {
          request.append((char) in.read());
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        return request.toString();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static ControlClient client(ServerSocket server) {
    return new ControlClient(new ControlAddress(":" + server.getLocalPort()));
  }

  @Test
  void sendsAFormAndReturnsStatusAndBody() throws Exception {
    try (ServerSocket server = listen()) {
      CompletableFuture<String> request =
          serve(server, "replace=true", "HTTP/1.1 400 Bad Request\r\nX: y\r\n\r\nno süch peer");

      ControlAnswer answer =
          client(server)
              .request(
                  "POST",
                  "/connect",
                  List.of(Map.entry("peer", "a b&c"), Map.entry("replace", "true")));

      assertEquals(new ControlAnswer(400, "no süch peer"), answer);
      String sent = request.get(10, TimeUnit.SECONDS);
      assertTrue(sent.startsWith("POST /connect HTTP/1.0\r\n"), sent);
      assertTrue(sent.endsWith("Content-Length: 25\r\n\r\npeer=a+b%26c&replace=true"), sent);
    }
  }

  @Test
  void tellsATornAnswerFromAWholeOne() throws Exception {
    try (ServerSocket server = listen()) {
      CompletableFuture<String> request =
          serve(server, "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");

      assertThrows(EOFException.class, () -> client(server).request("GET", "/status"));
      assertTrue(request.get(10, TimeUnit.SECONDS).startsWith("GET /status "));
    }
  }

  @Test
  void refusesWhatIsNotHttp() throws Exception {
    try (ServerSocket server = listen()) {
      CompletableFuture<String> request = serve(server, "\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n");

      assertThrows(ProtocolException.class, () -> client(server).request("GET", "/status"));
      assertTrue(request.get(10, TimeUnit.SECONDS).startsWith("GET /status "));
    }
  }

  @Test
  void saysWhenNothingListens() throws Exception {
    ControlClient client;
    try (ServerSocket server = listen()) {
      client = client(server);
    }

    assertThrows(ConnectException.class, () -> client.request("GET", "/status"));
  }

  @Test
  @Timeout(60)
  void theLimitIsAlsoForWhoeverDoesNotTakeTheConnection() throws IOException {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<SocketChannel> waiting = new ArrayList<>();
      try {
        // Who comes when the queue is full is not answered, as behind a packet filter that drops.
        for (int i = 0; i < 8; i++) {
          SocketChannel channel = SocketChannel.open();
          waiting.add(channel);
          channel.configureBlocking(false);
          channel.connect(full.getLocalSocketAddress());
        }
        ControlClient hasty = client(full).withTimeout(Duration.ofMillis(50));
        assertThrows(SocketTimeoutException.class, hasty::probe);
        assertThrows(SocketTimeoutException.class, () -> hasty.request("GET", "/status"));
      } finally {
        for (SocketChannel channel : waiting) {
          channel.close();
        }
      }
    }
  }

  @Test
  void fillsInWhatAnAddressLeavesOut() {
    assertEquals("127.0.0.1:6784", ControlAddress.of(Map.of()).toString());
    assertEquals("127.0.0.1:7000", new ControlAddress(":7000").toString());
    assertEquals("10.0.0.1:6784", new ControlAddress("10.0.0.1").toString());
    assertEquals("/run/w.sock", new ControlAddress("/run/w.sock").toString());
    assertThrows(IllegalArgumentException.class, () -> new ControlAddress("host:port"));
    assertThrows(IllegalArgumentException.class, () -> new ControlAddress("host:65536"));
  }
}
