package io.weft.router.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.weft.cni.ControlAddress;
import io.weft.cni.ControlClient;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnixSocketTest {
  @TempDir private Path folder;
  private final Counters counters = new Counters();
  private final EventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final RouteTable routes = new RouteTable();
  private Path path = Path.of("unset");

  @BeforeEach
  void prepare() {
    path = folder.resolve("weave.sock");
    routes.add(
        "GET", "/a", (request, variables, exchange) -> exchange.respond(ApiResponse.text("here")));
  }

  @AfterEach
  void stop() {
    threads.shutdownGracefully().awaitUninterruptibly();
  }

  private HttpListener open() throws IOException {
    return HttpListener.open(threads, UnixDomainSocketAddress.of(path), routes, counters);
  }

  private String get() throws IOException {
    ControlClient client = new ControlClient(new ControlAddress(path.toString()));
    return client.request("GET", "/a").body();
  }

  @Test
  void answersItsOwnerAndLeavesNoSocketBehind() throws Exception {
    try (HttpListener listener = open()) {
      assertEquals(UnixDomainSocketAddress.of(path), listener.address());
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals("here", get());
      assertEquals("here", get());
      assertEquals(2, counters.get(Counter.HTTP_REQUESTS));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void takesThePlaceOfASocketThatWasLeft() throws Exception {
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path), "nobody removes it");
    try (HttpListener listener = open()) {
      assertEquals(path.toString(), listener.address().toString());
      assertEquals("here", get());
    }
  }

  @Test
  void removesNothingThatIsNoSocket() throws Exception {
    Files.writeString(path, "precious");
    String message = String.valueOf(assertThrows(IOException.class, this::open).getMessage());
    assertEquals("cannot listen for HTTP on %s: it is no socket".formatted(path), message);
    assertEquals("precious", Files.readString(path));
    path = folder.resolve("missing/weave.sock");
    message = String.valueOf(assertThrows(IOException.class, this::open).getMessage());
    assertTrue(message.startsWith("cannot listen for HTTP on " + path + ": "), message);
  }
}
