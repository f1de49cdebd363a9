package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.router.options.RouterOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole routers in network namespaces of their own, joined by a cable; needs root. */
final class RouterTest {
  private static final int CONTROL_PORT = 6784;
  private static final String PASSWORD = "correct horse";

  @TempDir private Path folder;
  private final List<Router> routers = new ArrayList<>();
  private final String prefix = "weft-router-" + ProcessHandle.current().pid();
  private NetworkNamespace left;
  private NetworkNamespace right;

  @BeforeEach
  void joinTwoHosts() throws Exception {
    left = NetworkNamespace.create(prefix + "-l");
    right = NetworkNamespace.create(prefix + "-r");
    try (Netlink netlink = Netlink.open(left)) {
      netlink.links().createVethPair("up0", "up1", 1500);
      netlink.links().move(netlink.links().get("up1").index(), right, "up0");
    }
    configure(left, "192.0.2.1/24");
    configure(right, "192.0.2.2/24");
  }

  @AfterEach
  void removeHosts() throws Exception {
    routers.forEach(Router::close);
    for (NetworkNamespace namespace : List.of(left, right)) {
      namespace.close();
    }
    NetworkNamespace.delete(prefix + "-l");
    NetworkNamespace.delete(prefix + "-r");
  }

  @Test
  void twoRoutersFindEachOtherAndShareOneRing() throws Exception {
    start(left, "::1");
    start(right, "::2", "192.0.2.1");
    await(left, "GET /status/connections", "established encrypted   sleeve2 00:00:00:00:00:02");
    await(right, "GET /status/connections", "established encrypted   sleeve2 00:00:00:00:00:01");
    String one = ask(left, "POST /ip/c1");
    String two = ask(right, "POST /ip/c2");
    assertTrue(one.endsWith("/24") && two.endsWith("/24"), one + " and " + two);
    Assertions.assertNotEquals(one, two);
    await(left, "GET /status/ipam", "00:00:00:00:00:02(::2)");
    assertTrue(ask(left, "GET /status").contains("Connections: 1 (1 established)\n"));
  }

  @Test
  void nothingARouterTellsHoldsItsPasswordAndTheReportNamesTheCipher() throws Exception {
    start(left, "::1");
    start(right, "::2", "192.0.2.1");
    await(left, "GET /status/connections", "established encrypted   sleeve2 00:00:00:00:00:02");
    String report = ask(left, "GET /report");
    assertTrue(report.matches("(?s).*\"sleeve\": \\{\\s+\"Cipher\": \"[^\"]+\"\\s+}.*"), report);
    for (String path : List.of("/report", "/status", "/status/connections", "/metrics")) {
      assertFalse(ask(left, "GET " + path).contains(PASSWORD), path);
    }
  }

  @Test
  void aRouterThatStartsAgainKeepsItsNameItsBridgeAndItsAddresses() throws Exception {
    Router first = start(left, "::1");
    assertEquals("10.32.0.1/24", ask(left, "POST /ip/c1"));
    assertThrows(RouterException.class, () -> start(left, "::1"));
    first.close();
    try (Netlink netlink = Netlink.open(left)) {
      assertTrue(netlink.links().get("weave").isUp(), "the bridge stays");
    }
    Router again = start(left, "");
    assertEquals("00:00:00:00:00:01", again.name().toString());
    assertEquals("10.32.0.1/24", ask(left, "GET /ip/c1"));
    assertEquals("10.32.0.2/24", ask(left, "POST /ip/c2"));
  }

  @Test
  void refusesPeersThatAreNone() {
    RouterException refused = assertThrows(RouterException.class, () -> start(left, "::1", ":bad"));
    assertEquals("invalid peer name \":bad\", should be host[:port]", refused.getMessage());
  }

  private Router start(NetworkNamespace host, String name, String... peers) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(peers));
    String side = host == left ? "left" : "right";
    arguments.add("--name=" + name);
    arguments.add("--nickname=" + name);
    arguments.add("--ipalloc-range=10.32.0.0/24");
    arguments.add("--db-prefix=" + folder.resolve(side));
    RouterOptions options = RouterOptions.parse(arguments, Map.of("WEAVE_PASSWORD", PASSWORD));
    Router router =
        host.<Router, Exception>run(() -> Router.start(options, reason -> Assertions.fail(reason)));
    routers.add(router);
    return router;
  }

  private static void await(NetworkNamespace host, String request, String expected)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String answer = ask(host, request);
    while (!answer.contains(expected)) {
      assertTrue(System.nanoTime() - deadline < 0, request + " still answers " + answer);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      answer = ask(host, request);
    }
  }

  /** Body of the answer of a host's control API. */
  private static String ask(NetworkNamespace host, String request) throws Exception {
    return host.<String, Exception>run(() -> {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), CONTROL_PORT)) {
        String text =
            request
                + " HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
      }
    });
  }

  private static void configure(NetworkNamespace host, String address) throws IOException {
    try (Netlink netlink = Netlink.open(host)) {
      netlink.links().setUp(netlink.links().get("lo").index());
      int uplink = netlink.links().get("up0").index();
      netlink.links().setUp(uplink);
      netlink.addresses().add(uplink, Ipv4Prefix.parse(address));
    }
  }
}
