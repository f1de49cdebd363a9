package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** What one worker has passed to another, whatever becomes of the rest. */
final class HandOverTest {
  private static final int BYTES = 100;
  private static final int PATIENCE_SECONDS = 20;

  private final ReceiveLoop[] loops = new ReceiveLoop[2];
  private final List<HandOver> handOvers = HandOver.among(2, loops);
  private final CountDownLatch waits = new CountDownLatch(1);
  private final CountDownLatch drained = new CountDownLatch(1);

  @Test
  void isAnnouncedAlsoWhenThePassingWorkerFails() throws Exception {
    try (ReceiveLoop here = new ReceiveLoop(new BridgedHost.Silence(), Assertions::fail);
        ReceiveLoop there = new ReceiveLoop(new BridgedHost.Silence(), Assertions::fail)) {
      loops[0] = here;
      loops[1] = there;
      there.takeFrom(new Inbox());
      Thread thread = new Thread(there, "receive-1");
      thread.start();
      try {
        assertTrue(waits.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        SleeveReceiver receiver =
            new SleeveReceiver(
                handOvers.getFirst(),
                () -> new ForwarderTable(List.of()),
                new PassesAndFails(),
                new NoFrames(),
                new SleeveCounters());
        ByteBuffer datagram = ByteBuffer.allocate(BYTES);
        handOvers.getLast().pass((_, _, _) -> 0, datagram, 0, BYTES, BYTES, 1, 2);
        assertThrows(IllegalStateException.class, receiver::drain);
        assertTrue(drained.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the other was told");
      } finally {
        there.stop();
        thread.join();
      }
    }
  }

  /** Says that nothing is there until its thread goes to wait. */
  private final class Inbox implements ReceiveLoop.Inbox {
    @Override
    public boolean isEmpty() {
      boolean first = waits.getCount() > 0;
      waits.countDown();
      return first || handOvers.getLast().isEmpty();
    }

    @Override
    public void drain() {
      handOvers.getLast().drain((_, _, _, _, _, _) -> drained.countDown());
    }
  }

  /** Passes everything to the other worker and fails when that is done. */
  private final class PassesAndFails implements DatagramHandler {
    @Override
    public boolean isOurs(ByteBuffer slab, int offset) {
      return true;
    }

    @Override
    public void datagrams(
        ByteBuffer slab, int offset, int length, int segmentBytes, int ipv4, int port) {
      handOvers.getFirst().pass((_, _, _) -> 1, slab, offset, length, length, ipv4, port);
    }

    @Override
    public void endOfVector() {
      throw new IllegalStateException("a fault of what takes the frames");
    }
  }

  private record NoFrames() implements FrameSink {
    @Override
    public void captured(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is captured here");
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      throw new IllegalStateException("no frame arrives");
    }
  }
}
