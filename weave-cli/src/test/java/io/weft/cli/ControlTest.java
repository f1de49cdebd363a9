package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether anything listens where a router is to be launched. */
class ControlTest {
  @TempDir Path directory;

  private boolean answers(String address) throws IOException {
    try (CommandHarness weave = new CommandHarness(directory)) {
      return new Control(weave.console(), address).answers();
    }
  }

  @Test
  void whoeverListensOnThePortAnswersAlsoWithoutAWord() throws IOException {
    String address;
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = "127.0.0.1:" + silent.getLocalPort();
      assertTrue(answers(address));
    }
    assertFalse(answers(address));
  }

  @Test
  void aUnixSocketAnswersOnlyWhileSomebodyListens() throws IOException {
    Path path = directory.resolve("s");
    assertFalse(answers(path.toString()), "there is none");
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(path));
      assertTrue(answers(path.toString()));
    }
    assertFalse(answers(path.toString()), "one that a router has left behind");
  }

  @Test
  void aRouterWithoutAnAddressMindsNobodyAtTheUsualOne() throws IOException {
    try (CommandHarness weave = new CommandHarness(directory);
        ServerSocketChannel usual = ServerSocketChannel.open()) {
      try {
        usual.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 6784));
      } catch (BindException e) {
        // Somebody is there already, which is as good.
      }
      // Here launch notes what it is about to start, and so it ends.
      Path noted = RunDirectory.ofThisNamespace(weave.console().runRoot()).path();
      Files.createDirectories(noted.resolve("router.properties"));
      assertEquals(1, weave.run("launch", "--foreground", "--http-addr=", "--no-setup-cni"));
      assertFalse(weave.err().contains("already answers"), weave.err());
    }
  }

  @Test
  @Timeout(60)
  void whoeverDoesNotTakeTheConnectionDoesNotAnswer() throws IOException {
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
        assertFalse(answers("127.0.0.1:" + full.getLocalPort()));
      } finally {
        for (SocketChannel channel : waiting) {
          channel.close();
        }
      }
    }
  }

  @Test
  void anAddressThatCannotBeReachedDoesNotAnswer() throws IOException {
    assertFalse(answers("255.255.255.255:6784"));
  }
}
