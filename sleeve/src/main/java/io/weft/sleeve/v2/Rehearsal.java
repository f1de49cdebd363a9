package io.weft.sleeve.v2;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.sleeve.HandOver;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import java.nio.ByteBuffer;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Sends made-up frames through the real path from gathering to taking apart, with a key, sessions
 * and counters that nobody else uses, and no socket: so that the virtual machine compiles that path
 * before traffic needs it. The few packets a second of a ping would not have it compiled for a long
 * time. It always does the same work, and ends by itself.
 */
final class Rehearsal implements Runnable, FrameSink, AggregateSender.Link {
  /** Our choice: as often as the virtual machine wants a method to run before it optimises it. */
  private static final int SINGLE_ROUNDS = 6_000;

  /** Our choice: each has some fifty frames. */
  private static final int FULL_ROUNDS = 200;

  private static final int SINGLE_BYTES = 98;
  private static final int FULL_BYTES = 1_200;
  private static final int FULL_FRAMES = 48;
  private static final int PATH_MTU = 1_500;
  private static final int KEY_BYTES = 32;
  private static final int INDEX = 1;
  private static final long HERE = 1;
  private static final long THERE = 2;

  private final LaneCounters<Sleeve2Counter> counters = new LaneCounters<>(Sleeve2Counter.class);
  private final SealingLane lane = new SealingLane(Lanes.CAPTURE, counters);
  private final AggregateSender sender = new AggregateSender(lane, this, HERE, THERE);
  private final SendPath path;
  private final Sleeve2Receiver receiver;
  private long framesReceived;

  /** A rehearsal with one of the ciphers. */
  Rehearsal(Aead aead) {
    // Protects nothing, for nothing is sent.
    byte[] zeros = new byte[KEY_BYTES];
    SealingKey key = new SealingKey(aead, new SecretKeySpec(zeros, aead.keyAlgorithm()), 0);
    path = SendPath.of(new SendSession(1, INDEX, key, 0), PATH_MTU, LossGauge.Level.WHOLE);
    ReceiveSession session = new ReceiveSession(1, INDEX, key, new SilentOwner(THERE, HERE));
    SessionTable table = new SessionTable(List.of(session));
    receiver = new Sleeve2Receiver(HandOver.none(), () -> table, this, counters);
  }

  @Override
  public void run() {
    FrameBatch single = frames(1, SINGLE_BYTES);
    for (int i = 0; i < SINGLE_ROUNDS; i++) {
      round(single);
    }
    FrameBatch full = frames(FULL_FRAMES, FULL_BYTES);
    for (int i = 0; i < FULL_ROUNDS; i++) {
      round(full);
    }
  }

  /** Frames sent in all. */
  static long framesSent() {
    return SINGLE_ROUNDS + (long) FULL_ROUNDS * FULL_FRAMES;
  }

  /** Frames that have come through. */
  long framesReceived() {
    return framesReceived;
  }

  private static FrameBatch frames(int count, int bytes) {
    FrameBatch batch = new FrameBatch(count, FrameBatch.MAX_FRAME_BYTES);
    byte[] frame = new byte[bytes];
    for (int i = 0; i < count; i++) {
      batch.add(frame, 0, bytes, 0, 0);
    }
    return batch;
  }

  private void round(FrameBatch batch) {
    int records = 0;
    for (int i = 0; i < batch.count(); i++) {
      sender.add(batch, i, HERE, THERE, path);
      records += RecordGather.overheadBytes(batch.offload(i), false) + batch.length(i);
    }
    sender.flush(path);
    // Without a socket the train has dropped its datagrams, but they still lie there.
    int sealed = records + path.session().tagBytes();
    int pieces = Pieces.count(sealed, path.pieceBytes());
    int datagram = Sleeve2Protocol.HEADER_BYTES + Pieces.bytes(sealed, pieces);
    ByteBuffer wire = lane.train().slab();
    int bytes = sealed + pieces * Sleeve2Protocol.HEADER_BYTES;
    receiver.datagrams(wire, 0, bytes, pieces == 1 ? 0 : datagram, 0, 0);
    receiver.endOfVector();
  }

  @Override
  public void captured(int laneNumber, FrameBatch frames) {}

  @Override
  public void received(int laneNumber, FrameBatch frames) {
    framesReceived += frames.count();
  }

  @Override
  public @Nullable PeerSocket socket() {
    return null;
  }

  @Override
  public void tooBig(int laneNumber) {}

  @Override
  public boolean cutsRuns() {
    return true;
  }

  @Override
  public void runsRefused(int laneNumber) {}
}
