package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stranger who sends rubbish; the bytes follow from {@code -Dweft.seed=N}. */
final class HostileTrafficTest {
  private static final int PORT = 6783;
  private static final int CONNECTIONS = 10_000;
  private static final int OPEN_AT_A_TIME = 500;
  private static final int RUBBISH = 300;
  private static final int DATAGRAMS = 20_000;
  private static final int MAX_DATAGRAM = 1_400;
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final int HANG_UP_MILLIS = 5_000;
  private static final long MAX_RSS_GROWTH_KIB = 60_000;
  private static final int DESCRIPTOR_SLACK = 10;
  private static final List<String> DATAGRAM_DROPS =
      List.of("too_short", "unknown_sender", "not_authentic", "malformed", "bad_frame", "replayed");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final byte[] HEADER = {'w', 'e', 'a', 'v', 'e', 1, 2};

  private final long seed = Long.getLong("weft.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rubbishIsCountedAndDisturbsNobody(boolean encrypted) throws Exception {
    System.out.println("-Dweft.seed=" + seed);
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host stranger = underlay.host("s");
      String[] flags =
          encrypted
              ? new String[] {"--ipalloc-init", "consensus=2", "--password", "secret"}
              : new String[] {"--ipalloc-init", "consensus=2"};
      a.launch(flags);
      b.launch(Stream.concat(Stream.of(flags), Stream.of(a.address())).toArray(String[]::new));
      b.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      a.awaitConnections("established", 1);
      String connection = connectionOf(a);

      long pid = a.router().pid();
      Footprint before = Footprint.of(pid);
      inside(stranger, () -> sendRubbish(a.address()));
      inside(stranger, () -> sendDatagrams(a.address()));
      inside(stranger, () -> openMany(a.address()));

      Await.until(
          "descriptors are given back",
          LIMIT,
          () -> Footprint.of(pid).descriptors(),
          count -> count <= before.descriptors() + DESCRIPTOR_SLACK);
      Footprint after = Footprint.of(pid);
      System.out.printf("footprint before %s, after %s%n", before, after);
      assertTrue(after.rssKib() - before.rssKib() < MAX_RSS_GROWTH_KIB, before + " " + after);
      assertEquals(pid, a.router().pid(), "the same process runs");
      assertEquals(connection, connectionOf(a), "the same connection stands");
      onA.reaches(onB);
      assertCounted(a);
    }
  }

  @Test
  void aPeerThatSendsAnOversizedFrameIsHungUpOnAtOnce() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host stranger = underlay.host("s");
      a.launch();
      byte[] oversized =
          ByteBuffer.allocate(HEADER.length + 5)
              .put(HEADER)
              .put((byte) 0)
              .putInt(Integer.MAX_VALUE)
              .array();
      inside(stranger, () -> assertHangsUp(a.address(), oversized));
      String counted = "weft_mesh_handshake_failures_total{reason=\"oversize\"}";
      Await.until(
          "the frame is refused for its size",
          LIMIT,
          () -> a.control().metric(counted),
          count -> count == 1);
      assertEquals(200, a.control().get("/status").status());
    }
  }

  /** What a process holds. */
  private record Footprint(int descriptors, long rssKib) {
    static Footprint of(long pid) throws IOException {
      Path process = Path.of("/proc", Long.toString(pid));
      long rss =
          Files.readString(process.resolve("status"))
              .lines()
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      try (Stream<Path> open = Files.list(process.resolve("fd"))) {
        return new Footprint((int) open.count(), rss);
      }
    }
  }

  /** Something to do in the stranger's namespace. */
  private interface Mischief {
    void run() throws IOException;
  }

  private static void inside(Host host, Mischief mischief) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(host.namespace().name())) {
      entered.run(() -> {
        mischief.run();
        return true;
      });
    }
  }

  /** The address and port that have connected to a host. */
  private static String connectionOf(Host host) throws IOException {
    return host.control()
        .get("/status/connections")
        .body()
        .lines()
        .filter(line -> line.startsWith("<- ") && line.contains(" established "))
        .map(line -> line.substring(0, line.indexOf(" established ")))
        .findFirst()
        .orElseThrow();
  }

  private void sendRubbish(String address) throws IOException {
    for (int count = 0; count < RUBBISH; count++) {
      try (Socket socket = connect(address)) {
        OutputStream out = socket.getOutputStream();
        if (random.nextBoolean()) {
          out.write(HEADER);
          out.write(random.nextInt(3));
        }
        out.write(rubbish(random.nextInt(5_000)));
      } catch (SocketException reset) {
        // The router may hang up at any byte: that is its right. It is counted in the end.
        assertFalse(reset instanceof ConnectException, "nobody listens any more: " + reset);
      }
    }
  }

  private void sendDatagrams(String address) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      InetSocketAddress target = new InetSocketAddress(address, PORT);
      for (int count = 0; count < DATAGRAMS; count++) {
        byte[] bytes = rubbish(random.nextInt(MAX_DATAGRAM));
        if (bytes.length > 6 && random.nextBoolean()) {
          // The name of the peer that is connected, so that it gets past the first check.
          System.arraycopy(new byte[] {0x0a, 0, 0, 0, 0, 2}, 0, bytes, 0, 6);
        }
        socket.send(new DatagramPacket(bytes, bytes.length, target));
      }
    }
  }

  private void openMany(String address) throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int count = 0; count < CONNECTIONS; count++) {
      try {
        Socket socket = connect(address);
        open.add(socket);
        socket.getOutputStream().write(HEADER, 0, random.nextInt(HEADER.length + 1));
      } catch (SocketException reset) {
        // The router defends itself after it has accepted; the port stays open all the time.
        assertFalse(reset instanceof ConnectException, "nobody listens any more: " + reset);
      }
      if (open.size() >= OPEN_AT_A_TIME) {
        closeAll(open);
      }
    }
    closeAll(open);
  }

  private static void closeAll(List<Socket> open) throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
    open.clear();
  }

  /** Long before a handshake that goes nowhere would end. */
  private static void assertHangsUp(String address, byte[] bytes) throws IOException {
    try (Socket socket = connect(address)) {
      socket.setSoTimeout(HANG_UP_MILLIS);
      socket.getOutputStream().write(bytes);
      byte[] answer = socket.getInputStream().readAllBytes();
      assertTrue(answer.length < 4_096, "its own header and features at most");
    } catch (SocketTimeoutException late) {
      throw new AssertionError("the connection stands after " + HANG_UP_MILLIS + " ms", late);
    } catch (SocketException reset) {
      assertFalse(reset instanceof ConnectException, "nobody listens any more: " + reset);
    }
  }

  private static Socket connect(String address) throws IOException {
    Socket socket = new Socket();
    socket.setSoLinger(true, 0);
    socket.connect(new InetSocketAddress(address, PORT), CONNECT_TIMEOUT_MILLIS);
    return socket;
  }

  private byte[] rubbish(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Every connection and nearly every datagram shows in the metrics, under a reason. */
  private static void assertCounted(Host host) throws IOException {
    Control control = host.control();
    double refused =
        control.metric("weft_mesh_tcp_refused_total")
            + control.metric("weft_mesh_handshake_failures_total");
    assertTrue(refused >= CONNECTIONS, "connections counted: " + refused);
    double dropped = control.metric("weft_frames_dropped_no_route_total");
    for (String reason : DATAGRAM_DROPS) {
      dropped += control.metric("weft_sleeve_dropped_" + reason + "_total");
    }
    // The socket's queue may have overflowed, which the kernel counts.
    assertTrue(dropped >= DATAGRAMS / 2, "datagrams counted: " + dropped);
  }
}
