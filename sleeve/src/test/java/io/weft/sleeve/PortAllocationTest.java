package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.sleeve.BridgedHost.Way;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * From the bridge of one host into that of another, on the capture thread, with the system calls:
 * nothing is allocated per frame once warm, but what pcap4j does.
 */
@RequiresRoot
final class PortAllocationTest {
  private static final int BURST = 50;
  private static final int WARM_UP_FRAMES = 4_000;
  private static final int FRAMES = 4_000;
  private static final int DATAGRAM_BYTES = 1_000;

  /** What the JVM may do beside it; a single object per frame would be 64 kB. */
  private static final long NOISE_BYTES = 8_192;

  /** An array with its frame, and objects of the binding, of 320 bytes. */
  private static final long PCAP_BYTES = DATAGRAM_BYTES + 42 + 16 + 400;

  /** Objects of the binding each time that it is asked for frames, however many there are. */
  private static final long PCAP_CALL_BYTES = 4_096;

  private static final InetSocketAddress FAR = new InetSocketAddress("10.79.0.2", 9);

  private final TestNamespaces namespaces = new TestNamespaces();

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  /** Injects what is captured, and tells which thread did. */
  private static final class Wire implements FrameSink {
    private final BridgePort to;
    final AtomicLong frames = new AtomicLong();
    final AtomicLong vectors = new AtomicLong();
    volatile long threadId;

    Wire(BridgePort to) {
      this.to = to;
    }

    @Override
    public void captured(int lane, FrameBatch batch) {
      threadId = Thread.currentThread().threadId();
      for (int i = 0; i < batch.count(); i++) {
        to.inject(lane, batch, i);
      }
      to.flush(lane);
      vectors.incrementAndGet();
      frames.addAndGet(batch.count());
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is received here");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Way.class,
      names = {"TAP", "PACKET_SOCKET", "PCAP"})
  void captureAndInjectionAllocateNothingPerFrame(Way way) throws Exception {
    try (BridgedHost left = new BridgedHost(namespaces, way, "10.79.0.1/24");
        BridgedHost right = new BridgedHost(namespaces, way, "10.79.0.2/24");
        DatagramChannel sender = left.container.run(() -> DatagramChannel.open())) {
      Wire wire = new Wire(right.port);
      left.port.start(wire, Assertions::fail);
      right.port.start(new Wire(left.port), Assertions::fail);
      send(sender, wire, WARM_UP_FRAMES);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long framesBefore = wire.frames.get();
      long vectorsBefore = wire.vectors.get();
      long before = threads.getThreadAllocatedBytes(wire.threadId);
      send(sender, wire, FRAMES);
      long allocated = threads.getThreadAllocatedBytes(wire.threadId) - before;
      long frames = wire.frames.get() - framesBefore;
      assertTrue(before >= 0, "the virtual machine counts");
      long vectors = wire.vectors.get() - vectorsBefore;
      long pcap = frames * PCAP_BYTES + vectors * PCAP_CALL_BYTES;
      long allowed = NOISE_BYTES + (way == Way.PCAP ? pcap : 0);
      assertTrue(allocated <= allowed, allocated + " bytes for " + frames + " frames");
    }
  }

  /** Sends until so many more frames have passed; in bursts that the queue of the port holds. */
  private static void send(DatagramChannel sender, Wire wire, int frames) {
    ByteBuffer content = ByteBuffer.allocateDirect(DATAGRAM_BYTES);
    long end = wire.frames.get() + frames;
    Await.until(
        frames + " frames",
        () -> {
          try {
            for (int i = 0; i < BURST; i++) {
              sender.send(content.clear(), FAR);
            }
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
          return wire.frames.get() >= end;
        });
  }
}
