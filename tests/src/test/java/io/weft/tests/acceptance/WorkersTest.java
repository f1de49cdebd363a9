package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several workers move the frames of a host, and every flow arrives as it was sent. */
final class WorkersTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int PORT = 7_000;
  private static final int FLOWS = 16;
  private static final int DATAGRAMS = FLOWS * 2_000;
  private static final int BYTES = 200;

  /** So many fit the buffer of a socket, whatever they weigh there. */
  private static final int WINDOW = 128;

  private static final long STREAM_BYTES = 20 << 20;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check(List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "sleeve2, true, 4, 4",
    "sleeve2, false, 4, 4",
    "sleeve, true, 4, 4",
    "sleeve2, true, 4, 1",
    "sleeve2, true, 1, 4"
  })
  void everyFlowArrivesWholeAndInOrderBesideAStream(
      String overlay, boolean encrypted, int here, int there) throws Exception {
    OverlayMode mode = new OverlayMode(overlay, encrypted);
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      mode.launch(a, "--ipalloc-init=consensus=2", "--workers=" + here);
      mode.launch(b, "--ipalloc-init=consensus=2", "--workers", "" + there, a.address());
      a.awaitOverlay(overlay, 1);
      assertTrue(a.weave("status").contains("Workers: " + here));
      Container onA = a.attach();
      Container onB = b.attach();
      onA.reaches(onB);
      try (TcpStream stream = TcpStream.between(onB, onA)) {
        exchange(onA, onB);
        Await.until("a stream", LIMIT, stream::received, got -> got >= STREAM_BYTES);
      }
      exchange(onB, onA);
      for (Host host : List.of(a, b)) {
        String metrics = host.control().get("/metrics").body();
        for (String reason : List.of("replayed", "not_authentic", "worker_busy")) {
          String metric = "weft_%s_dropped_%s_total 0\n".formatted(overlay, reason);
          assertTrue(metrics.contains(metric), metric + " on " + host.label());
        }
      }
    }
  }

  /** Sends numbered datagrams of several flows, never more at a time than every queue holds. */
  private static void exchange(Container from, Container to) throws IOException {
    InetSocketAddress address = new InetSocketAddress(to.address(), PORT);
    List<DatagramChannel> senders = new ArrayList<>();
    try (DatagramChannel receiver = open(to);
        Selector selector = Selector.open()) {
      receiver.bind(address);
      receiver.configureBlocking(false);
      receiver.register(selector, SelectionKey.OP_READ);
      for (int flow = 0; flow < FLOWS; flow++) {
        senders.add(open(from));
      }
      ByteBuffer datagram = ByteBuffer.allocateDirect(BYTES);
      int[] next = new int[FLOWS];
      int sent = 0;
      int arrived = 0;
      while (arrived < DATAGRAMS) {
        for (; sent < DATAGRAMS && sent - arrived < WINDOW; sent++) {
          datagram.clear().putInt(0, sent % FLOWS).putInt(4, sent / FLOWS);
          senders.get(sent % FLOWS).send(datagram, address);
        }
        int ready = selector.select(PATIENCE_MILLIS);
        selector.selectedKeys().clear();
        assertTrue(ready > 0, "only %d of %d have arrived".formatted(arrived, sent));
        while (receiver.receive(datagram.clear()) != null) {
          int flow = datagram.getInt(0);
          assertEquals(next[flow]++, datagram.getInt(4), "number in flow " + flow);
          arrived++;
        }
      }
    } finally {
      for (DatagramChannel sender : senders) {
        sender.close();
      }
    }
  }

  private static DatagramChannel open(Container container) throws IOException {
    return NetworkNamespace.ofPath(container.namespace().path()).run(() -> DatagramChannel.open());
  }
}
