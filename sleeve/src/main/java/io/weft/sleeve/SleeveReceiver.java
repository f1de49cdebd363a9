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
 * What the receive thread does with datagrams (overlay.md B.13): finds the connection by the
 * sender's name, opens, parses, and hands frames over by the vector.
 *
 * <p>A connection with a session key takes only sealed datagrams and one without only plain ones;
 * the datagram has no say in it.
 */
final class SleeveReceiver implements ReceiveLoop.Handler {
  private static final System.Logger LOGGER = System.getLogger(SleeveReceiver.class.getName());
  private static final int LANE = Lanes.RECEIVE;

  /** Bytes that tell the datagrams of another overlay apart. */
  private static final int DISTINCT_BYTES = 3;

  private final Supplier<ForwarderTable> forwarders;
  private final Supplier<@Nullable DatagramHandler> handler;
  private final FrameSink sink;
  private final SleeveCounters counters;
  private final ByteBuffer opened = DatagramOpener.room();
  private final FrameList list = new FrameList();
  private final FrameBatch batch =
      new FrameBatch(SleeveProtocol.RECEIVE_BATCH_FRAMES, SleeveProtocol.RECEIVE_BATCH_BYTES);

  /** A receiver that has received nothing yet. */
  SleeveReceiver(
      Supplier<ForwarderTable> forwarders,
      Supplier<@Nullable DatagramHandler> handler,
      FrameSink sink,
      SleeveCounters counters) {
    this.forwarders = forwarders;
    this.handler = handler;
    this.sink = sink;
    this.counters = counters;
  }

  @Override
  public void received(ReceiveVector vector) {
    ForwarderTable table = forwarders.get();
    for (int i = 0; i < vector.count(); i++) {
      entry(table, vector, i);
    }
    deliver();
    DatagramHandler other = handler.get();
    if (other != null) {
      other.endOfVector();
    }
  }

  @Override
  public void lost(RuntimeException fault) {
    LOGGER.log(Level.ERROR, "frames from peers were lost", fault);
    counters.increment(LANE, SleeveCounter.DROPPED_INTERNAL);
    batch.clear();
  }

  @Override
  public void pathError(PeerSocket socket, int errno) {
    SocketOwner owner = socket.owner();
    if (errno == Errno.EMSGSIZE && owner != null) {
      owner.tooBig(LANE, PathErrors.pathMtu(socket.socket()));
    } else {
      counters.increment(LANE, SleeveCounter.ICMP_ERRORS);
    }
  }

  /** One datagram, or several of one length that the kernel has joined. */
  private void entry(ForwarderTable table, ReceiveVector vector, int index) {
    int offset = vector.offset(index);
    int length = vector.length(index);
    int segmentBytes = vector.segmentBytes(index);
    DatagramHandler other = handler.get();
    if (other != null && length >= DISTINCT_BYTES && other.isOurs(vector.slab(), offset)) {
      other.datagrams(
          vector.slab(),
          offset,
          length,
          segmentBytes,
          vector.sourceAddress(index),
          vector.sourcePort(index));
      return;
    }
    int step = segmentBytes == 0 ? Math.max(1, length) : segmentBytes;
    int at = 0;
    do {
      counters.increment(LANE, SleeveCounter.DATAGRAMS_RECEIVED);
      datagram(table, vector, index, offset + at, Math.min(step, length - at));
      at += step;
    } while (at < length);
    counters.add(LANE, SleeveCounter.BYTES_RECEIVED, length);
  }

  private void datagram(
      ForwarderTable table, ReceiveVector vector, int index, int offset, int length) {
    ByteBuffer slab = vector.slab();
    if (length < SleeveProtocol.NAME_BYTES) {
      counters.increment(LANE, SleeveCounter.DROPPED_TOO_SHORT);
      return;
    }
    SleeveForwarder forwarder = table.get(FrameList.name(slab, offset));
    if (forwarder == null) {
      counters.increment(LANE, SleeveCounter.DROPPED_UNKNOWN_SENDER);
      return;
    }
    SleeveCounters part = forwarder.counters();
    part.addToPart(LANE, SleeveCounter.DATAGRAMS_RECEIVED, 1);
    part.addToPart(LANE, SleeveCounter.BYTES_RECEIVED, length);
    DatagramOpener opener = forwarder.opener();
    if (opener == null) {
      list.wrap(slab, offset + SleeveProtocol.NAME_BYTES, offset + length);
    } else {
      int bytes = opener.open(slab, offset, length, opened);
      if (bytes < 0) {
        part.increment(LANE, refusal(bytes));
        return;
      }
      list.wrap(opened, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
    }
    frames(forwarder, vector.sourceAddress(index), vector.sourcePort(index));
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
        forwarder.counters().increment(LANE, SleeveCounter.DROPPED_BAD_FRAME);
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
      forwarder.counters().increment(LANE, SleeveCounter.DROPPED_MALFORMED);
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
      forwarder.counters().increment(LANE, SleeveCounter.DROPPED_FOREIGN_SPECIAL);
      return;
    }
    long uid = kind == SpecialFrame.HEARTBEAT ? SpecialFrame.connectionUid(data, frame) : 0;
    forwarder.onSpecial(kind, uid, list.length(), ipv4, port);
  }

  private void deliver() {
    if (batch.count() > 0) {
      counters.add(LANE, SleeveCounter.FRAMES_RECEIVED, batch.count());
      sink.received(LANE, batch);
      batch.clear();
    }
  }
}
