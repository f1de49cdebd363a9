package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TapDevice;
import io.weft.linux.TestNamespaces;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Joining the segments of several TCP streams into super-frames for a real TAP interface. */
@RequiresRoot
final class FlowJoinerTest {
  private static final int FLOWS = 4;
  private static final int SEGMENTS = 16;
  private static final int PAYLOAD = 1_000;
  private static final int IP = 14;
  private static final int TCP = 34;
  private static final int HEADERS = 54;
  private static final int FRAME = HEADERS + PAYLOAD;
  private static final int WARM_UP = 300;
  private static final int VECTORS = 200;

  /** What the JVM may do beside it; an object per frame would be 200 kB. */
  private static final long NOISE_BYTES = 4_096;

  @AutoClose private final TestNamespaces namespaces = new TestNamespaces();
  private final FrameBatch batch = new FrameBatch(FLOWS * SEGMENTS, 256 * 1024);

  @Test
  void streamsThatTakeTurnsAreEachWrittenAtOnceAndNothingIsAllocated() throws Exception {
    NetworkNamespace host = namespaces.create();
    try (Netlink netlink = Netlink.open(host);
        TapDevice tap = host.run(() -> TapDevice.open("tap0"))) {
      netlink.links().setUp(netlink.links().get("tap0").index());
      PortCounters counters = new PortCounters();
      FlowJoiner joiner = new FlowJoiner(tap, counters);
      fill();
      join(joiner);
      assertEquals(FLOWS, joiner.takeWritten(), "one super-frame for each stream");
      for (int i = 0; i < WARM_UP; i++) {
        join(joiner);
      }
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < VECTORS; i++) {
        join(joiner);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertEquals((WARM_UP + VECTORS) * FLOWS, joiner.takeWritten());
      assertEquals(0, counters.refused());
      assertTrue(allocated <= NOISE_BYTES, allocated + " bytes for " + VECTORS + " vectors");
    }
  }

  private void join(FlowJoiner joiner) {
    for (int i = 0; i < batch.count(); i++) {
      joiner.add(batch, i);
    }
    joiner.flush();
  }

  /** A segment of each stream, then the next of each. */
  private void fill() {
    ByteBuffer frame = ByteBuffer.allocateDirect(FRAME);
    for (int number = 0; number < SEGMENTS; number++) {
      for (int flow = 0; flow < FLOWS; flow++) {
        segment(frame, flow, number);
        batch.add(frame, 0, FRAME, 0, 0);
      }
    }
  }

  private static void segment(ByteBuffer frame, int flow, int number) {
    frame.putLong(0, 0x0a00000000010a00L).putInt(8, 2).putShort(12, (short) 0x0800);
    frame.putShort(IP, (short) 0x4500).putShort(IP + Ipv4.TOTAL_LENGTH, (short) (FRAME - IP));
    frame.putShort(IP + 4, (short) number).putShort(IP + Ipv4.FLAGS_AND_OFFSET, (short) 0x4000);
    frame.put(IP + 8, (byte) 64).put(IP + 9, (byte) FrameOffload.TCP);
    frame.putInt(IP + 12, 0x0a4f0001).putInt(IP + 16, 0x0a4f0002);
    frame.putShort(TCP, (short) (5_000 + flow)).putShort(TCP + 2, (short) 80);
    frame.putInt(TCP + 4, 100 + number * PAYLOAD).putInt(TCP + 8, 1);
    frame.putShort(TCP + 12, (short) 0x5010).putShort(TCP + 14, (short) 1_000);
    frame.putShort(IP + Ipv4.CHECKSUM, (short) 0).putShort(TCP + 16, (short) 0);
    frame.putShort(
        IP + Ipv4.CHECKSUM, InternetChecksum.of(InternetChecksum.sum(frame, IP, TCP - IP), false));
    long sum = InternetChecksum.sum(frame, TCP, FRAME - TCP);
    sum += InternetChecksum.sum(frame, IP + 12, 8) + FrameOffload.TCP + (FRAME - TCP);
    frame.putShort(TCP + 16, InternetChecksum.of(sum, false));
  }
}
