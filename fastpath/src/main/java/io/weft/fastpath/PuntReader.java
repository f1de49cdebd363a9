package io.weft.fastpath;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.linux.LinuxException;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.sleeve.LaneCounters;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The thread that takes frames of peers with which the kernel needs help: owns its lane. */
final class PuntReader implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(PuntReader.class.getName());
  private static final int BATCH_FRAMES = 128;
  private static final int BATCH_BYTES = 256 * 1024;
  private static final int ROOM = FrameBatch.MAX_FRAME_BYTES + Layout.PUNT_BYTES;

  private final PacketSocket socket;
  private final Supplier<ShortIdTable> shortIds;
  private final FrameSink sink;
  private final LaneCounters<LaneCounter> counters;
  private final FrameBatch batch = new FrameBatch(BATCH_FRAMES, BATCH_BYTES);
  private final ByteBuffer received = ByteBuffer.allocateDirect(ROOM);
  private final ReadingLoop loop;

  PuntReader(
      int linkIndex,
      Supplier<ShortIdTable> shortIds,
      FrameSink sink,
      LaneCounters<LaneCounter> counters,
      Consumer<String> onFault)
      throws LinuxException {
    this.shortIds = shortIds;
    this.sink = sink;
    this.counters = counters;
    Poller poller = Poller.open(1);
    try {
      socket = PacketSocket.open(linkIndex, PacketSocket.ALL_PROTOCOLS);
      poller.add(socket, 0);
    } catch (LinuxException e) {
      poller.close();
      throw e;
    }
    loop =
        new ReadingLoop(
            poller,
            this::readAll,
            socket::close,
            "frames of the kernel overlay are not taken any more",
            onFault);
  }

  void stop() {
    loop.stop();
  }

  @Override
  public void run() {
    loop.run();
  }

  private void readAll() {
    ShortIdTable table = shortIds.get();
    for (int length = socket.receive(received, 0, ROOM);
        length != 0;
        length = socket.receive(received, 0, ROOM)) {
      if (length > 0) {
        take(length, table);
      } else {
        counters.increment(Lanes.FASTPATH, LaneCounter.PUNTS_DROPPED);
        break;
      }
    }
    deliver();
  }

  private void take(int length, ShortIdTable table) {
    boolean ours =
        length >= Layout.PUNT_BYTES + FastdpProtocol.ETHERNET_BYTES
            && length <= ROOM
            && !socket.lastWasOutgoing()
            && Short.toUnsignedInt(received.getShort(Layout.PUNT_ETHERTYPE_OFFSET))
                == Layout.PUNT_ETHERTYPE;
    if (!ours) {
      return;
    }
    long source = table.name(received.getShort(Layout.PUNT_SOURCE_OFFSET));
    long destination = table.name(received.getShort(Layout.PUNT_DESTINATION_OFFSET));
    if (source == 0 || destination == 0) {
      counters.increment(Lanes.FASTPATH, LaneCounter.PUNTS_DROPPED);
      return;
    }
    int frameBytes = length - Layout.PUNT_BYTES;
    if (!batch.hasRoom(frameBytes)) {
      deliver();
    }
    batch.add(received, Layout.PUNT_BYTES, frameBytes, source, destination);
    counters.increment(Lanes.FASTPATH, LaneCounter.PUNTS_TAKEN);
  }

  private void deliver() {
    if (batch.count() == 0) {
      return;
    }
    try {
      sink.punted(Lanes.FASTPATH, batch);
    } catch (RuntimeException e) {
      // The vector is lost; the thread must outlive a fault in what it calls.
      LOGGER.log(Level.ERROR, "frames of the kernel overlay were lost", e);
    } finally {
      batch.clear();
    }
  }
}
