package io.weft.sleeve;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.Errno;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The receive thread (overlay.md B.13): takes datagrams from all sockets by the vector, finds the
 * connection by the sender's name, opens, parses, and hands frames over by the vector.
 *
 * <p>A connection with a session key takes only sealed datagrams and one without only plain ones;
 * the datagram has no say in it.
 */
final class SleeveReceiver implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(SleeveReceiver.class.getName());
  private static final int LANE = Lanes.RECEIVE;

  /** Bytes that tell the datagrams of another overlay apart. */
  private static final int DISTINCT_BYTES = 3;

  private final Poller poller;
  private final ReceiveSockets sockets;
  private final Supplier<ForwarderTable> forwarders;
  private final Supplier<@Nullable DatagramHandler> handler;
  private final FrameSink sink;
  private final SleeveCounters counters;
  private final Consumer<String> onFault;
  private final ReceiveVector vector =
      new ReceiveVector(SleeveProtocol.RECEIVE_VECTOR, FrameBatch.MAX_FRAME_BYTES);
  private final ByteBuffer opened = DatagramOpener.room();
  private final FrameList list = new FrameList();
  private final FrameBatch batch =
      new FrameBatch(SleeveProtocol.RECEIVE_BATCH_FRAMES, SleeveProtocol.RECEIVE_BATCH_BYTES);
  private volatile boolean stopping;

  /**
   * A receiver that does not run yet.
   *
   * @param onFault told once when {@link #run} ends without {@link #stop}
   */
  SleeveReceiver(
      Poller poller,
      ReceiveSockets sockets,
      Supplier<ForwarderTable> forwarders,
      Supplier<@Nullable DatagramHandler> handler,
      FrameSink sink,
      SleeveCounters counters,
      Consumer<String> onFault) {
    this.poller = poller;
    this.sockets = sockets;
    this.forwarders = forwarders;
    this.handler = handler;
    this.sink = sink;
    this.counters = counters;
    this.onFault = onFault;
  }

  /** Makes {@link #run} return soon. */
  void stop() {
    stopping = true;
    poller.wakeUp();
  }

  @Override
  public void run() {
    String reason = "a fault in the thread itself, see above";
    try {
      int ready = 0;
      while (!stopping && ready >= 0) {
        ready = poller.await(-1);
        receiveAll(ready);
      }
      reason = Errno.text(-ready);
    } finally {
      if (!stopping) {
        onFault.accept("receiving frames from peers has ended: " + reason);
      }
    }
  }

  private void receiveAll(int ready) {
    for (int i = 0; i < ready; i++) {
      PeerSocket socket = sockets.get(poller.readyToken(i));
      if (socket != null && socket.acquire()) {
        try {
          receive(socket);
        } finally {
          socket.release();
        }
      }
    }
  }

  private void receive(PeerSocket socket) {
    int count = socket.socket().receive(vector);
    if (count < 0) {
      pathError(socket, -count);
      return;
    }
    try {
      ForwarderTable table = forwarders.get();
      for (int i = 0; i < count; i++) {
        entry(table, i);
      }
      deliver();
      DatagramHandler other = handler.get();
      if (other != null) {
        other.endOfVector();
      }
    } catch (RuntimeException e) {
      // The rest of the vector is lost; the thread must outlive a fault in what it calls.
      LOGGER.log(Level.ERROR, "frames from peers were lost", e);
      counters.increment(LANE, SleeveCounter.DROPPED_INTERNAL);
      batch.clear();
    }
  }

  private void pathError(PeerSocket socket, int errno) {
    SocketOwner owner = socket.owner();
    if (errno == Errno.EMSGSIZE && owner != null) {
      owner.tooBig(LANE, PathErrors.pathMtu(socket.socket()));
    } else {
      counters.increment(LANE, SleeveCounter.ICMP_ERRORS);
    }
  }

  /** One datagram, or several of one length that the kernel has joined. */
  private void entry(ForwarderTable table, int index) {
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
      datagram(table, index, offset + at, Math.min(step, length - at));
      at += step;
    } while (at < length);
    counters.add(LANE, SleeveCounter.BYTES_RECEIVED, length);
  }

  private void datagram(ForwarderTable table, int index, int offset, int length) {
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
    DatagramOpener opener = forwarder.opener();
    if (opener == null) {
      list.wrap(slab, offset + SleeveProtocol.NAME_BYTES, offset + length);
    } else {
      int bytes = opener.open(slab, offset, length, opened);
      if (bytes < 0) {
        counters.increment(LANE, refusal(bytes));
        return;
      }
      list.wrap(opened, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
    }
    frames(forwarder, index);
  }

  private static SleeveCounter refusal(int result) {
    return switch (result) {
      case DatagramOpener.TOO_SHORT -> SleeveCounter.DROPPED_TOO_SHORT;
      case DatagramOpener.REPLAYED -> SleeveCounter.DROPPED_REPLAYED;
      default -> SleeveCounter.DROPPED_NOT_AUTHENTIC;
    };
  }

  private void frames(SleeveForwarder forwarder, int index) {
    while (list.next()) {
      long source = list.source();
      long destination = list.destination();
      if (list.length() < SleeveProtocol.ETHERNET_BYTES || source == 0 || destination == 0) {
        counters.increment(LANE, SleeveCounter.DROPPED_BAD_FRAME);
      } else if (SpecialFrame.isSpecial(list.data(), list.frame())) {
        special(forwarder, source, destination, index);
      } else {
        if (!batch.hasRoom(list.length())) {
          deliver();
        }
        batch.add(list.data(), list.frame(), list.length(), source, destination);
      }
    }
    if (list.isMalformed()) {
      counters.increment(LANE, SleeveCounter.DROPPED_MALFORMED);
    }
  }

  private void special(SleeveForwarder forwarder, long source, long destination, int index) {
    ByteBuffer data = list.data();
    int frame = list.frame();
    SpecialFrame kind = SpecialFrame.of(data, frame, list.length());
    if (source != forwarder.remotePeer()
        || destination != forwarder.localPeer()
        || kind == SpecialFrame.INVALID) {
      counters.increment(LANE, SleeveCounter.DROPPED_FOREIGN_SPECIAL);
      return;
    }
    long uid = kind == SpecialFrame.HEARTBEAT ? SpecialFrame.connectionUid(data, frame) : 0;
    forwarder.onSpecial(
        kind, uid, list.length(), vector.sourceAddress(index), vector.sourcePort(index));
  }

  private void deliver() {
    if (batch.count() > 0) {
      counters.add(LANE, SleeveCounter.FRAMES_RECEIVED, batch.count());
      sink.received(LANE, batch);
      batch.clear();
    }
  }
}
