package io.weft.sleeve.v2;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.sleeve.DatagramHandler;
import io.weft.sleeve.HandOver;
import io.weft.sleeve.LaneCounters;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * From datagrams to frames: finds the session by its index, puts pieces together, opens, refuses
 * what was seen before, and takes the records apart. Every byte is checked before it is used, and
 * nothing is handed on that is not authentic where there is a key. One for each worker.
 */
final class Sleeve2Receiver implements DatagramHandler, HandOver.Receiver {
  private final HandOver handOver;
  private final int lane;
  private final Supplier<SessionTable> sessions;
  private final FrameSink sink;
  private final LaneCounters<Sleeve2Counter> counters;
  private final AggregateCipher cipher = new AggregateCipher();
  private final Reassembly reassembly = new Reassembly(this::incomplete);
  private final byte[] header = new byte[Sleeve2Protocol.HEADER_BYTES];
  private final byte[] single = new byte[Sleeve2Protocol.MAX_SEALED_BYTES];
  private final byte[] plain = new byte[Sleeve2Protocol.MAX_SEALED_BYTES];
  private final ByteBuffer plainBuffer = ByteBuffer.wrap(plain);
  private final RecordList records = new RecordList();
  private final FrameBatch batch =
      new FrameBatch(Sleeve2Protocol.RECEIVE_BATCH_FRAMES, Sleeve2Protocol.RECEIVE_BATCH_BYTES);

  // Of the run at hand.
  private SessionTable table = new SessionTable(List.of());

  Sleeve2Receiver(
      HandOver handOver,
      Supplier<SessionTable> sessions,
      FrameSink sink,
      LaneCounters<Sleeve2Counter> counters) {
    this.handOver = handOver;
    lane = Lanes.receive(handOver.worker());
    this.sessions = sessions;
    this.sink = sink;
    this.counters = counters;
  }

  @Override
  public boolean isOurs(ByteBuffer slab, int offset) {
    return Pieces.isOurs(slab, offset);
  }

  @Override
  public void datagrams(
      ByteBuffer slab, int offset, int length, int segmentBytes, int ipv4, int port) {
    table = sessions.get();
    handOver.share(this, slab, offset, length, segmentBytes, ipv4, port);
  }

  /** Counts, on our own lane, what the owner of its session could not be given. */
  @Override
  public void busy(ByteBuffer slab, int offset) {
    ReceiveSession session = session(slab, offset);
    if (session == null) {
      drop(Sleeve2Counter.DROPPED_WORKER_BUSY);
    } else {
      drop(session.owner(), Sleeve2Counter.DROPPED_WORKER_BUSY);
    }
  }

  @Override
  public int ownerOf(ByteBuffer slab, int offset, int bytes) {
    ReceiveSession session = bytes < Sleeve2Protocol.HEADER_BYTES ? null : session(slab, offset);
    return session == null ? handOver.worker() : session.worker();
  }

  /** The first datagram of a run vouches for the others' length, not for what they are. */
  private @Nullable ReceiveSession session(ByteBuffer slab, int offset) {
    return Pieces.isOurs(slab, offset) ? table.get(Pieces.index(slab, offset)) : null;
  }

  @Override
  public void endOfVector() {
    if (batch.count() > 0) {
      counters.add(lane, Sleeve2Counter.FRAMES_RECEIVED, batch.count());
      try {
        sink.received(lane, batch);
      } finally {
        batch.clear();
      }
    }
  }

  @Override
  public void own(ByteBuffer slab, int offset, int bytes, int ipv4, int port) {
    counters.increment(lane, Sleeve2Counter.DATAGRAMS_RECEIVED);
    counters.add(lane, Sleeve2Counter.BYTES_RECEIVED, bytes);
    if (bytes < Sleeve2Protocol.HEADER_BYTES) {
      drop(Sleeve2Counter.DROPPED_TOO_SHORT);
      return;
    }
    ReceiveSession session = session(slab, offset);
    if (session == null) {
      drop(Sleeve2Counter.DROPPED_UNKNOWN_INDEX);
      return;
    }
    LaneCounters<Sleeve2Counter> part = session.owner().counters(counters);
    if (part != counters) {
      part.addToPart(lane, Sleeve2Counter.DATAGRAMS_RECEIVED, 1);
      part.addToPart(lane, Sleeve2Counter.BYTES_RECEIVED, bytes);
    }
    long counter = slab.getLong(offset + Sleeve2Protocol.COUNTER_OFFSET);
    int length = slab.getShort(offset + Sleeve2Protocol.LENGTH_OFFSET) & 0xffff;
    int pieces = slab.get(offset + Sleeve2Protocol.PIECES_OFFSET) & 0xff;
    int piece = slab.get(offset + Sleeve2Protocol.PIECE_OFFSET) & 0xff;
    if (!Pieces.isPossible(length, pieces, piece, bytes)) {
      drop(session.owner(), Sleeve2Counter.DROPPED_MALFORMED);
      return;
    }
    if (!session.isNew(counter)) {
      drop(session.owner(), Sleeve2Counter.DROPPED_REPLAYED);
      return;
    }
    int from = offset + Sleeve2Protocol.HEADER_BYTES;
    byte[] sealed = single;
    if (pieces == 1) {
      slab.get(from, single, 0, length);
    } else {
      Reassembly.Slot slot =
          reassembly.add(
              session,
              counter,
              length,
              pieces,
              piece,
              slab,
              from,
              bytes - Sleeve2Protocol.HEADER_BYTES);
      if (slot == null) {
        if (reassembly.wasDuplicate()) {
          drop(session.owner(), Sleeve2Counter.DROPPED_REPLAYED);
        }
        return;
      }
      sealed = slot.data();
    }
    slab.get(offset, header, 0, Sleeve2Protocol.AUTHENTIC_HEADER_BYTES);
    aggregate(session, counter, sealed, length, pieces, ipv4, port);
  }

  private void aggregate(
      ReceiveSession session,
      long counter,
      byte[] sealed,
      int length,
      int pieces,
      int ipv4,
      int port) {
    SealingKey key = session.key();
    int plainBytes;
    if (key == null) {
      System.arraycopy(sealed, 0, plain, 0, length);
      plainBytes = length;
    } else {
      plainBytes = cipher.open(key, counter, header, sealed, length, plain);
      if (plainBytes == AggregateCipher.NOT_AUTHENTIC) {
        drop(session.owner(), Sleeve2Counter.DROPPED_NOT_AUTHENTIC);
        return;
      }
    }
    if (!session.complete(counter, pieces)) {
      drop(session.owner(), Sleeve2Counter.DROPPED_REPLAYED);
      return;
    }
    counters.increment(lane, Sleeve2Counter.AGGREGATES_RECEIVED);
    boolean frames = false;
    records.wrap(plainBuffer, plainBytes);
    while (records.next()) {
      frames |= record(session, ipv4, port);
    }
    if (records.isMalformed()) {
      drop(session.owner(), Sleeve2Counter.DROPPED_MALFORMED);
    }
    if (frames) {
      session.owner().onTraffic(lane);
    }
  }

  /** Takes a record; true when it is a frame. */
  private boolean record(ReceiveSession session, int ipv4, int port) {
    ReceiveSessionOwner owner = session.owner();
    int body = records.body();
    switch (records.type()) {
      case Sleeve2Protocol.RECORD_DATA, Sleeve2Protocol.RECORD_GSO_DATA -> {
        frame(owner);
        return true;
      }
      case Sleeve2Protocol.RECORD_HEARTBEAT ->
          owner.onHeartbeat(
              lane,
              plainBuffer.getInt(body),
              plainBuffer.getLong(body + Integer.BYTES),
              ipv4,
              port);
      case Sleeve2Protocol.RECORD_HEARTBEAT_ACK ->
          owner.onHeartbeatAck(lane, plainBuffer.getInt(body));
      case Sleeve2Protocol.RECORD_PROBE -> owner.onProbe(lane, plainBuffer.getInt(body));
      case Sleeve2Protocol.RECORD_PROBE_ACK -> owner.onProbeAck(lane, plainBuffer.getInt(body));
      case Sleeve2Protocol.RECORD_REPORT ->
          owner.onReport(
              lane,
              plainBuffer.getInt(body),
              plainBuffer.getLong(body + 4),
              plainBuffer.getLong(body + 12));
      default -> drop(owner, Sleeve2Counter.RECORDS_IGNORED);
    }
    return false;
  }

  private void frame(ReceiveSessionOwner owner) {
    int frame = records.frame();
    int length = records.frameLength();
    long offload = records.offload();
    long source = records.isNamed() ? records.source() : owner.remotePeer();
    long destination = records.isNamed() ? records.destination() : owner.localPeer();
    if (length < Sleeve2Protocol.ETHERNET_BYTES || source == 0 || destination == 0) {
      drop(owner, Sleeve2Counter.DROPPED_BAD_FRAME);
      return;
    }
    if (!SuperFrames.isValid(plainBuffer, frame, length, offload)) {
      drop(owner, Sleeve2Counter.DROPPED_BAD_OFFLOAD);
      return;
    }
    if (!batch.hasRoom(length)) {
      endOfVector();
    }
    batch.slab().put(batch.nextOffset(), plain, frame, length);
    batch.append(length, offload, source, destination);
  }

  private void incomplete(ReceiveSession session, int pieces, int received) {
    session.incomplete(pieces, received);
    drop(session.owner(), Sleeve2Counter.DROPPED_INCOMPLETE);
  }

  private void drop(ReceiveSessionOwner owner, Sleeve2Counter reason) {
    owner.counters(counters).increment(lane, reason);
  }

  private void drop(Sleeve2Counter reason) {
    counters.increment(lane, reason);
  }
}
