package io.weft.router.forwarding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.topology.TestRoutes;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Deciding where frames go allocates nothing per frame once warm: frames that are captured, have
 * arrived, are relayed, flooded or handed over by the kernel. Peer 2 has 1 and 3 for neighbours.
 */
final class ForwardingAllocationTest {
  private static final long ONE = 1;
  private static final long TWO = 2;
  private static final long THREE = 3;
  private static final long HOST_1 = 0x0a00000000a1L;
  private static final long HOST_2 = 0x0a00000000a2L;
  private static final long HOST_3 = 0x0a00000000a3L;
  private static final long BROADCAST = 0xffffffffffffL;
  private static final int FRAMES = 64;
  private static final int WARM_UP = 400;
  private static final int ROUNDS = 300;

  /** What the JVM may do beside it; an object per frame would be 300 kB for each kind of frame. */
  private static final long NOISE_BYTES = 4_096;

  private final Counters counters = new Counters();
  private final MacTable macTable =
      new MacTable(new EventTime(0, 0), new PeerName(TWO), MacTable.MAX_ENTRIES, counters);
  private final CountingForwarder toOne = new CountingForwarder();
  private final CountingForwarder toThree = new CountingForwarder();
  private final ForwardingPlane plane =
      new ForwardingPlane(new PeerName(TWO), 1, macTable, counters, () -> 0, () -> true);

  private final FrameBatch unicast = batchOf(HOST_3, HOST_2, 0, 0);
  private final FrameBatch flooded = batchOf(BROADCAST, HOST_2, 0, 0);
  private final FrameBatch arrived = batchOf(HOST_2, HOST_1, ONE, TWO);
  private final FrameBatch relayed = batchOf(HOST_3, HOST_1, ONE, THREE);
  private final FrameBatch spread = batchOf(BROADCAST, HOST_1, ONE, TWO);

  @Test
  void steadyStateAllocatesNothing() {
    Map<PeerName, List<Forwarder>> connections =
        Map.of(new PeerName(ONE), List.of(toOne), new PeerName(THREE), List.of(toThree));
    plane.publish(TestRoutes.chain(TWO, ONE, TWO, THREE), connections);
    macTable.learnLocal(HOST_2);
    macTable.learnRemote(HOST_1, ONE);
    macTable.learnRemote(HOST_3, THREE);
    plane.drainHints();
    rounds(WARM_UP);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    rounds(ROUNDS);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    long each = (long) (WARM_UP + ROUNDS) * FRAMES;
    assertEquals(each, toOne.frames, "only what was captured goes back to where 1 is");
    assertEquals(6 * each, toThree.frames, "all but what was for us");
    assertEquals(2 * each, counters.get(Counter.FRAMES_PUNTED));
    assertTrue(allocated <= NOISE_BYTES, allocated + " bytes for " + ROUNDS * FRAMES * 7);
  }

  private void rounds(int rounds) {
    for (int round = 0; round < rounds; round++) {
      plane.captured(Lanes.CAPTURE, unicast);
      plane.captured(Lanes.CAPTURE, flooded);
      plane.received(Lanes.RECEIVE, arrived);
      plane.received(Lanes.RECEIVE, relayed);
      plane.received(Lanes.RECEIVE, spread);
      plane.punted(Lanes.FASTPATH, relayed);
      plane.punted(Lanes.FASTPATH, spread);
    }
  }

  private static FrameBatch batchOf(long destination, long source, long from, long to) {
    String header = "%012x%012x0800".formatted(destination, source);
    byte[] frame = HexFormat.of().parseHex(header + "45".repeat(46));
    FrameBatch batch = new FrameBatch(FRAMES, FRAMES * FrameBatch.MAX_FRAME_BYTES);
    for (int i = 0; i < FRAMES; i++) {
      batch.add(frame, 0, frame.length, from, to);
    }
    return batch;
  }

  /** Takes every frame and keeps none. */
  private static final class CountingForwarder extends FakeForwarder {
    long frames;

    CountingForwarder() {
      super("counting", new NoEvents());
    }

    @Override
    public boolean forward(
        int lane, FrameBatch batch, int index, long source, long destination, boolean broadcast) {
      frames++;
      return true;
    }
  }
}
