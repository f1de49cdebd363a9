package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.Errno;
import io.weft.linux.ReceiveVector;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does with datagrams (overlay.md B.13): finds the connection by the sender's name,
 * opens, parses, and hands frames over by the vector.
 *
 * <p>A connection with a session key takes only sealed datagrams and one without only plain ones;
 * the datagram has no say in it.
 */
final class SleeveReceiver
    implements ReceiveLoop.Handler, ReceiveLoop.Inbox, HandOver.Receiver, HandOver.Taker {
  private static final System.Logger LOGGER = System.getLogger(SleeveReceiver.class.getName());

  /** Bytes that tell the datagrams of another overlay apart. */
  private static final int DISTINCT_BYTES = 3;

  private final HandOver handOver;
  private final int lane;
  private final Supplier<ForwarderTable> forwarders;
  private final @Nullable DatagramHandler other;
  private final FrameSink sink;
  private final SleeveCounters counters;
  private final ByteBuffer opened = DatagramOpener.room();
  private final FrameList list = new FrameList();
  private final FrameBatch batch =
      new FrameBatch(SleeveProtocol.RECEIVE_BATCH_FRAMES, SleeveProtocol.RECEIVE_BATCH_BYTES);

  // Of the vector at hand.
  private ForwarderTable table;

  /** A receiver that has received nothing yet. */
  SleeveReceiver(
      HandOver handOver,
      Supplier<ForwarderTable> forwarders,
      @Nullable DatagramHandler other,
      FrameSink sink,
      SleeveCounters counters) {
    this.handOver = handOver;
    lane = Lanes.receive(handOver.worker());
    this.forwarders = forwarders;
    table = forwarders.get();
    this.other = other;
    this.sink = sink;
    this.counters = counters;
  }

  @Override
  public void received(ReceiveVector vector) {
    table = forwarders.get();
    try {
      for (int i = 0; i < vector.count(); i++) {
        take(
            vector.slab(),
            vector.offset(i),
            vector.length(i),
            vector.segmentBytes(i),
            vector.sourceAddress(i),
            vector.sourcePort(i));
      }
      endOfVector();
    } finally {
      // Whatever fails here: what others own lies in their rings, and nobody else tells them.
      handOver.flush();
    }
  }

  @Override
  public boolean isEmpty() {
    return handOver.isEmpty();
  }

  @Override
  public void drain() {
    table = forwarders.get();
    try {
      handOver.drain(this);
      endOfVector();
    } finally {
      handOver.flush();
    }
  }

  private void endOfVector() {
    deliver();
    if (other != null) {
      other.endOfVector();
    }
  }

  @Override
  public void lost(RuntimeException fault) {
    LOGGER.log(Level.ERROR, "frames from peers were lost", fault);
    counters.increment(lane, SleeveCounter.DROPPED_INTERNAL);
    batch.clear();
  }

  @Override
  public void pathError(PeerSocket socket, int errno) {
    SocketOwner owner = socket.owner();
    if (errno == Errno.EMSGSIZE && owner != null) {
      owner.tooBig(lane, PathErrors.pathMtu(socket.socket()));
    } else {
      counters.increment(lane, SleeveCounter.ICMP_ERRORS);
    }
  }

  /** One datagram, or several of one length that the kernel has joined. */
  @Override
  public void take(ByteBuffer slab, int offset, int length, int segmentBytes, int ipv4, int port) {
    if (other != null && length >= DISTINCT_BYTES && other.isOurs(slab, offset)) {
      other.datagrams(slab, offset, length, segmentBytes, ipv4, port);
      return;
    }
    handOver.share(this, slab, offset, length, segmentBytes, ipv4, port);
  }

  @Override
  public int ownerOf(ByteBuffer slab, int offset, int bytes) {
    SleeveForwarder forwarder =
        bytes < SleeveProtocol.NAME_BYTES ? null : table.get(FrameList.name(slab, offset));
    return forwarder == null ? handOver.worker() : forwarder.worker();
  }

  /** Counts, on our own lane, what the owner of its connection could not be given. */
  @Override
  public void busy(ByteBuffer slab, int offset) {
    SleeveForwarder forwarder = table.get(FrameList.name(slab, offset));
    SleeveCounters part = forwarder == null ? counters : forwarder.counters();
    part.increment(lane, SleeveCounter.DROPPED_WORKER_BUSY);
  }

  @Override
  public void own(ByteBuffer slab, int offset, int length, int ipv4, int port) {
    counters.increment(lane, SleeveCounter.DATAGRAMS_RECEIVED);
    counters.add(lane, SleeveCounter.BYTES_RECEIVED, length);
    if (length < SleeveProtocol.NAME_BYTES) {
      counters.increment(lane, SleeveCounter.DROPPED_TOO_SHORT);
      return;
    }
    SleeveForwarder forwarder = table.get(FrameList.name(slab, offset));
    if (forwarder == null) {
      counters.increment(lane, SleeveCounter.DROPPED_UNKNOWN_SENDER);
      return;
    }
    SleeveCounters part = forwarder.counters();
    part.addToPart(lane, SleeveCounter.DATAGRAMS_RECEIVED, 1);
    part.addToPart(lane, SleeveCounter.BYTES_RECEIVED, length);
    DatagramOpener opener = forwarder.opener();
    if (opener == null) {
      list.wrap(slab, offset + SleeveProtocol.NAME_BYTES, offset + length);
    } else {
      int bytes = opener.open(slab, offset, length, opened);
      if (bytes < 0) {
        part.increment(lane, refusal(bytes));
        return;
      }
      list.wrap(opened, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
    }
    frames(forwarder, ipv4, port);
  }

  private static SleeveCounter refusal(int result) {
    return switch (result) {
      case DatagramOpener.TOO_SHORT -> SleeveCounter.DROPPED_TOO_SHORT;
      case DatagramOpener.REPLAYED -> SleeveCounter.DROPPED_REPLAYED;
      default -> SleeveCounter.DROPPED_NOT_AUTHENTIC;
    };
  }

  private void frames(SleeveForwarder forwarder, int ipv4, int port) {
    while (list.next()) {
      long source = list.source();
      long destination = list.destination();
      if (list.length() < SleeveProtocol.ETHERNET_BYTES || source == 0 || destination == 0) {
        forwarder.counters().increment(lane, SleeveCounter.DROPPED_BAD_FRAME);
      } else if (SpecialFrame.isSpecial(list.data(), list.frame())) {
        special(forwarder, source, destination, ipv4, port);
      } else {
        if (!batch.hasRoom(list.length())) {
          deliver();
        }
        batch.add(list.data(), list.frame(), list.length(), source, destination);
      }
    }
    if (list.isMalformed()) {
      forwarder.counters().increment(lane, SleeveCounter.DROPPED_MALFORMED);
    }
  }

  private void special(
      SleeveForwarder forwarder, long source, long destination, int ipv4, int port) {
    ByteBuffer data = list.data();
    int frame = list.frame();
    SpecialFrame kind = SpecialFrame.of(data, frame, list.length());
    if (source != forwarder.remotePeer()
        || destination != forwarder.localPeer()
        || kind == SpecialFrame.INVALID) {
      forwarder.counters().increment(lane, SleeveCounter.DROPPED_FOREIGN_SPECIAL);
      return;
    }
    long uid = kind == SpecialFrame.HEARTBEAT ? SpecialFrame.connectionUid(data, frame) : 0;
    forwarder.onSpecial(kind, uid, list.length(), ipv4, port);
  }

  private void deliver() {
    if (batch.count() > 0) {
      counters.add(lane, SleeveCounter.FRAMES_RECEIVED, batch.count());
      sink.received(lane, batch);
      batch.clear();
    }
  }
}
