package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.sleeve.HandOver;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gathering, cutting, joining, replay check and taking apart allocate nothing per frame once warm;
 * with a key the platform's cipher allocates a bounded amount per aggregate, whatever the number of
 * frames in it.
 */
final class Sleeve2AllocationTest implements FrameSink, AggregateSender.Link {
  private static final int WARM_UP = 400;
  private static final int ROUNDS = 300;
  private static final int FRAMES = 64;
  private static final long NOISE_BYTES = 8_192;

  /** What the platform's cipher takes to seal and to open an aggregate, generously. */
  private static final long CIPHER_BYTES = 4_096;

  private final LaneCounters<Sleeve2Counter> counters = new LaneCounters<>(Sleeve2Counter.class);
  private long framesReceived;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void steadyStateAllocatesNothingPerFrame(boolean sealed) {
    SealingKey key =
        sealed ? new SealingKey(Aead.AES_256_GCM, new SecretKeySpec(new byte[32], "AES"), 7) : null;
    SendSession session = new SendSession(1, 5, key, 0);
    SendPath path = SendPath.of(session, 1500, LossGauge.Level.WHOLE);
    ReceiveSession opened = new ReceiveSession(1, 5, key, new SilentOwner(2, 1));
    SessionTable table = new SessionTable(List.of(opened));
    Sleeve2Receiver receiver = new Sleeve2Receiver(HandOver.none(), () -> table, this, counters);
    AggregateSender sender =
        new AggregateSender(new SealingLane(Lanes.CAPTURE, counters), this, 1, 2);
    FrameBatch batch = new FrameBatch(FRAMES, 128 * 1024);
    byte[] frame = Frames.bytes(900, 1);
    for (int i = 0; i < FRAMES; i++) {
      batch.add(frame, 0, frame.length, 0, 0);
    }
    Loop loop = new Loop(batch, sender, path, receiver, session);
    for (int i = 0; i < WARM_UP; i++) {
      loop.round();
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < ROUNDS; i++) {
      loop.round();
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertEquals((long) (WARM_UP + ROUNDS) * FRAMES, framesReceived);
    long allowed = NOISE_BYTES + (sealed ? 2 * ROUNDS * CIPHER_BYTES : 0);
    assertTrue(allocated <= allowed, allocated + " bytes for " + ROUNDS * FRAMES + " frames");
  }

  /** Sending a vector nowhere, and receiving what the same records look like on the wire. */
  private record Loop(
      FrameBatch batch,
      AggregateSender sender,
      SendPath path,
      Sleeve2Receiver receiver,
      SendSession session,
      RecordGather gather,
      AggregateCipher cipher,
      byte[] sealed,
      byte[] header,
      ByteBuffer wire) {
    Loop(
        FrameBatch batch,
        AggregateSender sender,
        SendPath path,
        Sleeve2Receiver receiver,
        SendSession session) {
      this(
          batch,
          sender,
          path,
          receiver,
          session,
          new RecordGather(),
          new AggregateCipher(),
          new byte[Sleeve2Protocol.MAX_SEALED_BYTES],
          new byte[Sleeve2Protocol.HEADER_BYTES],
          ByteBuffer.allocateDirect(128 * 1024));
    }

    void round() {
      for (int i = 0; i < batch.count(); i++) {
        assertTrue(sender.add(batch, i, 1, 2, path));
      }
      sender.flush(path);
      gather.clear();
      for (int i = 0; i < batch.count(); i++) {
        int at = gather.beginFrame(batch.length(i), 0, false, 0, 0);
        gather.buffer().put(at, batch.slab(), batch.offset(i), batch.length(i));
      }
      long counter = session.nextCounter();
      int length = gather.used() + session.tagBytes();
      int pieces = Pieces.count(length, path.pieceBytes());
      Pieces.putHeader(header, session.index(), counter, length, pieces);
      SealingKey key = session.key();
      byte[] bytes = gather.plain();
      if (key != null) {
        bytes = sealed;
        cipher.seal(key, counter, header, gather.plain(), gather.used(), sealed);
      }
      int used = 0;
      int pieceBytes = Pieces.bytes(length, pieces);
      for (int piece = 0; piece < pieces; piece++) {
        wire.put(used, header, 0, 17).put(used + 17, (byte) piece);
        int count = Pieces.bytes(length, pieces, piece);
        wire.put(used + 18, bytes, piece * pieceBytes, count);
        used += 18 + count;
      }
      receiver.datagrams(wire, 0, used, 18 + pieceBytes, 1, 1);
      receiver.endOfVector();
    }
  }

  @Override
  public void captured(int lane, FrameBatch frames) {}

  @Override
  public void received(int lane, FrameBatch frames) {
    framesReceived += frames.count();
  }

  @Override
  public @Nullable PeerSocket socket() {
    return null;
  }

  @Override
  public void tooBig(int lane) {}

  @Override
  public boolean cutsRuns() {
    return true;
  }

  @Override
  public void runsRefused(int lane) {}
}
