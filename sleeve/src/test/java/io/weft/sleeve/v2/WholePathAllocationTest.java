package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.sleeve.Await;
import io.weft.sleeve.BridgedHost;
import io.weft.sleeve.BridgedHost.Way;
import io.weft.sleeve.SleeveCounter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * From a container's packet on the bridge of one host through capture, sealing, socket and wire to
 * the other host's bridge, with the system calls: once warm, the threads that carry it allocate
 * nothing per frame, and per aggregate of {@code sleeve2} no more than the platform's cipher does
 * (docs/encryption.md).
 */
@RequiresRoot
final class WholePathAllocationTest {
  private static final int BURST = 50;
  private static final int WARM_UP_FRAMES = 6_000;
  private static final int FRAMES = 6_000;

  /** When the compiler has done all that it will is not for us to say: so often it may go on. */
  private static final int ATTEMPTS = 10;

  private static final int DATAGRAM_BYTES = 1_000;
  private static final String CARRYING_THREAD = "sleeve-receive";

  /** What the JVM and events of the path itself may take; an object per frame would be 96 kB. */
  private static final long NOISE_BYTES = 16_384;

  /**
   * What docs/encryption.md says of one aggregate, sealed or opened (1,124), and a little for other
   * releases of the platform; less than an object per frame.
   */
  private static final long CIPHER_BYTES = 1_160;

  private static final byte[] KEY = Frames.bytes(32, 1);
  private static final InetSocketAddress FAR = new InetSocketAddress("10.79.0.2", 7_000);

  private final TestNamespaces namespaces = new TestNamespaces();

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void allocatesNothingPerFrame(boolean compatible, boolean sealed) throws Exception {
    try (BridgedHost left = new BridgedHost(namespaces, Way.TAP, "10.79.0.1/24");
        BridgedHost right = new BridgedHost(namespaces, Way.TAP, "10.79.0.2/24")) {
      TestNamespaces.join(left.host, right.host, "wire", "10.99.8", 1500);
      try (Sleeve2Router a = new Sleeve2Router(0x7a_f4_56_87_76_3bL, address(1), true, left.host);
          Sleeve2Router b = new Sleeve2Router(0xb2_9c_11_04_5e_d0L, address(2), true, right.host)) {
        connect(compatible ? a.compatible() : a, compatible ? b.compatible() : b, sealed);
        a.bridge(left.port);
        b.bridge(right.port);
        measure(new Hosts(left, right, a, b), sealed && !compatible);
      }
    }
  }

  private record Hosts(BridgedHost left, BridgedHost right, Sleeve2Router a, Sleeve2Router b) {
    long aggregates() {
      return a.count(Sleeve2Counter.AGGREGATES_SENT) + b.count(Sleeve2Counter.AGGREGATES_RECEIVED);
    }

    long frames() {
      return b.count(Sleeve2Counter.FRAMES_RECEIVED)
          + b.sleeve().counters().get(SleeveCounter.FRAMES_RECEIVED);
    }

    void turn() {
      a.turn();
      b.turn();
    }
  }

  private static void connect(Sleeve2Router a, Sleeve2Router b, boolean sealed) throws Exception {
    a.start();
    b.start();
    Sleeve2Router.connect(a, b, sealed ? KEY : null, sealed ? KEY : null);
    a.confirm();
    b.confirm();
    Await.until(
        "a connection with its path MTU",
        () -> {
          a.turn();
          b.turn();
          return a.isEstablished() && b.isEstablished() && mtu(a) < 1500 && mtu(b) < 1500;
        });
  }

  private static void measure(Hosts hosts, boolean cipherAllocates) throws Exception {
    try (DatagramChannel sender = hosts.left.container.run(() -> DatagramChannel.open());
        DatagramChannel receiver = hosts.right.container.run(() -> DatagramChannel.open())) {
      receiver.bind(FAR);
      receiver.configureBlocking(false);
      send(sender, receiver, hosts, WARM_UP_FRAMES);
      long[] threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals(CARRYING_THREAD))
              .mapToLong(Thread::threadId)
              .toArray();
      assertEquals(2, threads.length, "one thread on each host carries");
      String found = "";
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long aggregates = hosts.aggregates();
        long before = allocated(threads);
        send(sender, receiver, hosts, FRAMES);
        long bytes = allocated(threads) - before;
        aggregates = hosts.aggregates() - aggregates;
        if (bytes <= NOISE_BYTES + (cipherAllocates ? aggregates * CIPHER_BYTES : 0)) {
          return;
        }
        found = "%d bytes for %d frames, %d aggregates".formatted(bytes, FRAMES, aggregates);
      }
      fail(found);
    }
  }

  /** Sends until so many more frames have crossed; in bursts that every queue holds. */
  private static void send(
      DatagramChannel sender, DatagramChannel receiver, Hosts hosts, int frames) {
    ByteBuffer content = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
    ByteBuffer arrived = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
    long end = hosts.frames() + frames;
    long[] delivered = new long[1];
    Await.until(
        frames + " frames",
        () -> {
          hosts.turn();
          try {
            for (int i = 0; i < BURST; i++) {
              sender.send(content.clear(), FAR);
            }
            while (receiver.receive(arrived.clear()) != null) {
              delivered[0]++;
            }
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
          return hosts.frames() >= end;
        });
    assertTrue(delivered[0] > 0, "the container has got them");
  }

  private static long allocated(long[] threads) {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long bytes : bean.getThreadAllocatedBytes(threads)) {
      assertTrue(bytes >= 0, "the virtual machine counts");
      sum += bytes;
    }
    return sum;
  }

  private static int mtu(Sleeve2Router node) {
    return node.forwarder().attributes().get("mtu") instanceof Integer mtu ? mtu : 65_535;
  }

  private static InetSocketAddress address(int last) throws IOException {
    return new InetSocketAddress(
        InetAddress.getByAddress(new byte[] {10, 99, 8, (byte) last}), 6783);
  }
}
