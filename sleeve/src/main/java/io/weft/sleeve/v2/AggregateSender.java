package io.weft.sleeve.v2;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Offload;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane's way out to one neighbour: gathers records, seals them together, cuts the result into
 * datagrams and sends these by one call. Used by the lane's thread only.
 */
final class AggregateSender {
  /** What a lane needs of its connection. */
  interface Link extends DatagramTrain.Link {
    /** The connected socket, or null before the neighbour's address is known. */
    @Nullable PeerSocket socket();
  }

  private final SealingLane lane;
  private final Link link;
  private final long localPeer;
  private final long remotePeer;
  private final RecordGather gather = new RecordGather();

  AggregateSender(SealingLane lane, Link link, long localPeer, long remotePeer) {
    this.lane = lane;
    this.link = link;
    this.localPeer = localPeer;
    this.remotePeer = remotePeer;
  }

  /** Records to be sent by {@link #flush}; at first none. */
  RecordGather gather() {
    return gather;
  }

  /**
   * Takes a frame.
   *
   * @return false when no aggregate can hold it
   */
  boolean add(FrameBatch batch, int index, long source, long destination, SendPath path) {
    boolean named = source != localPeer || destination != remotePeer;
    ByteBuffer slab = batch.slab();
    int frame = batch.offset(index);
    int length = batch.length(index);
    long offload = batch.offload(index);
    int overhead = RecordGather.overheadBytes(offload, named);
    if (overhead + length > Sleeve2Protocol.MAX_RECORDS_BYTES) {
      return false;
    }
    SuperFrameCutter cutter = lane.cutter();
    if (Offload.segmentBytes(offload) != 0
        && cutter.begin(slab, frame, length, offload, path.recordsBytes() - overhead)) {
      for (int slice = cutter.nextLength(); slice > 0; slice = cutter.nextLength()) {
        int at = begin(slice, cutter.nextOffload(), named, source, destination, path);
        cutter.write(gather.buffer(), at);
      }
    } else {
      int at = begin(length, offload, named, source, destination, path);
      gather.buffer().put(at, slab, frame, length);
    }
    transmit();
    return true;
  }

  /** Seals and sends what is gathered. */
  void flush(SendPath path) {
    if (gather.used() > 0) {
      seal(path);
      transmit();
    }
  }

  /** Forgets what is gathered. */
  void drop() {
    if (gather.used() > 0) {
      counters().increment(lane.number(), Sleeve2Counter.DROPPED_NO_REMOTE);
      gather.clear();
    }
  }

  private LaneCounters<Sleeve2Counter> counters() {
    return link.sendCounters(lane.counters());
  }

  private int begin(
      int length, long offload, boolean named, long source, long destination, SendPath path) {
    int needed = RecordGather.overheadBytes(offload, named) + length;
    if (gather.used() > 0
        && (gather.used() + needed > path.recordsBytes() || !gather.hasRoom(needed))) {
      seal(path);
    }
    return gather.beginFrame(length, offload, named, source, destination);
  }

  private void seal(SendPath path) {
    SendSession session = path.session().of(lane.worker());
    SealingKey key = session.key();
    long counter = session.nextCounter();
    int length = gather.used() + session.tagBytes();
    int pieces = Pieces.count(length, path.pieceBytes());
    DatagramTrain train = lane.train();
    if (!train.hasRoom(length, pieces)) {
      transmit();
    }
    byte[] header = lane.header();
    Pieces.putHeader(header, session.index(), counter, length, pieces);
    byte[] sealed = gather.plain();
    if (key != null) {
      sealed = lane.sealed();
      lane.cipher().seal(key, counter, header, gather.plain(), gather.used(), sealed);
    }
    train.add(header, sealed, length, pieces);
    counters().increment(lane.number(), Sleeve2Counter.AGGREGATES_SENT);
    counters().add(lane.number(), Sleeve2Counter.FRAMES_SENT, gather.frames());
    gather.clear();
  }

  /** The train belongs to the lane: it is empty whenever another connection may use it. */
  private void transmit() {
    DatagramTrain train = lane.train();
    if (train.isEmpty()) {
      return;
    }
    PeerSocket socket = link.socket();
    if (socket == null || !socket.acquire()) {
      train.drop(Sleeve2Counter.DROPPED_NO_REMOTE, link);
      return;
    }
    try {
      train.send(socket.socket(), link);
    } finally {
      socket.release();
    }
  }
}
