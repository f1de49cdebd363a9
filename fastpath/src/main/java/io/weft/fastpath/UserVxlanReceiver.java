package io.weft.fastpath;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.ReceiveVector;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.ReceiveLoop;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * What the receive thread, which owns {@link Lanes#FASTPATH}, does with datagrams: unwraps frames
 * of neighbours and hands them over by the vector; heartbeats go to the conductor.
 */
final class UserVxlanReceiver implements ReceiveLoop.Handler {
  /** Takes heartbeats on the receive thread. */
  @FunctionalInterface
  interface HeartbeatSink {
    /**
     * A heartbeat has arrived.
     *
     * @param sourcePeer value of the name of the peer that it claims to be of
     */
    void heartbeat(KernelEvent.Heartbeat heartbeat, long sourcePeer);
  }

  private static final System.Logger LOGGER = System.getLogger(UserVxlanReceiver.class.getName());
  private static final int LANE = Lanes.FASTPATH;

  // Our choice, as in the other overlays of user space.
  private static final int BATCH_FRAMES = 256;
  private static final int BATCH_BYTES = 256 * 1024;

  private final Supplier<ShortIdTable> shortIds;
  private final Supplier<UserVxlanSources> sources;
  private final HeartbeatSink heartbeats;
  private final FrameSink sink;
  private final LaneCounters<UserVxlanCounter> counters;
  private final FrameBatch batch = new FrameBatch(BATCH_FRAMES, BATCH_BYTES);

  UserVxlanReceiver(
      Supplier<ShortIdTable> shortIds,
      Supplier<UserVxlanSources> sources,
      HeartbeatSink heartbeats,
      FrameSink sink,
      LaneCounters<UserVxlanCounter> counters) {
    this.shortIds = shortIds;
    this.sources = sources;
    this.heartbeats = heartbeats;
    this.sink = sink;
    this.counters = counters;
  }

  @Override
  public void received(ReceiveVector vector) {
    for (int i = 0; i < vector.count(); i++) {
      datagrams(
          vector.slab(),
          vector.offset(i),
          vector.length(i),
          vector.segmentBytes(i),
          vector.sourceAddress(i));
    }
    endOfVector();
  }

  /**
   * Takes a datagram, or several that the kernel has joined.
   *
   * @param segmentBytes length of those joined but the last; 0 for a single one
   * @param from outer source address
   */
  void datagrams(ByteBuffer slab, int offset, int length, int segmentBytes, int from) {
    ShortIdTable names = shortIds.get();
    UserVxlanSources neighbours = sources.get();
    int step = segmentBytes == 0 ? Math.max(1, length) : segmentBytes;
    int at = 0;
    do {
      int bytes = Math.min(step, length - at);
      datagram(names, neighbours, slab, offset + at, bytes, from);
      at += step;
    } while (at < length);
  }

  /** Hands over what has been gathered. */
  void endOfVector() {
    if (batch.count() > 0) {
      sink.received(LANE, batch);
      batch.clear();
    }
  }

  @Override
  public void pathError(PeerSocket socket, int errno) {
    counters.increment(LANE, UserVxlanCounter.ICMP_ERRORS);
  }

  @Override
  public void lost(RuntimeException fault) {
    LOGGER.log(Level.ERROR, "frames from peers were lost", fault);
    counters.increment(LANE, UserVxlanCounter.DROPPED_INTERNAL);
    batch.clear();
  }

  private void datagram(
      ShortIdTable names,
      UserVxlanSources neighbours,
      ByteBuffer slab,
      int offset,
      int length,
      int from) {
    int frame = offset + FastdpProtocol.VXLAN_BYTES;
    int frameBytes = length - FastdpProtocol.VXLAN_BYTES;
    if (frameBytes < FastdpProtocol.ETHERNET_BYTES || !VxlanHeader.isValid(slab, offset)) {
      counters.increment(LANE, UserVxlanCounter.DROPPED_MALFORMED);
      return;
    }
    long source = names.name(VxlanHeader.source(slab, offset));
    long destination = names.name(VxlanHeader.destination(slab, offset));
    if (source == 0 || destination == 0) {
      counters.increment(LANE, UserVxlanCounter.DROPPED_UNKNOWN_PEER);
    } else if (slab.getLong(frame) == 0 && slab.getInt(frame + Long.BYTES) == 0) {
      heartbeat(neighbours, slab, frame, frameBytes, from, source);
    } else {
      UserVxlanForwarder neighbour = neighbours.get(from);
      if (neighbour == null) {
        counters.increment(LANE, UserVxlanCounter.DROPPED_UNKNOWN_SOURCE);
      } else {
        frame(neighbour, slab, frame, frameBytes, source, destination);
      }
    }
  }

  private void heartbeat(
      UserVxlanSources neighbours,
      ByteBuffer slab,
      int frame,
      int frameBytes,
      int from,
      long source) {
    counters.increment(LANE, UserVxlanCounter.HEARTBEATS_RECEIVED);
    if (frameBytes < FastdpProtocol.HEARTBEAT_LEAST_BYTES
        || !neighbours.has(slab.getLong(frame + FastdpProtocol.HEARTBEAT_UID_OFFSET))) {
      counters.increment(LANE, UserVxlanCounter.HEARTBEATS_IGNORED);
      return;
    }
    boolean hasToken = frameBytes >= FastdpProtocol.HEARTBEAT_TOKEN_OFFSET + Long.BYTES;
    heartbeats.heartbeat(
        new KernelEvent.Heartbeat(
            from,
            frameBytes,
            slab.getLong(frame + FastdpProtocol.HEARTBEAT_UID_OFFSET),
            Short.toUnsignedInt(slab.getShort(frame + FastdpProtocol.HEARTBEAT_LENGTH_OFFSET)),
            hasToken ? slab.getLong(frame + FastdpProtocol.HEARTBEAT_TOKEN_OFFSET) : 0),
        source);
  }

  private void frame(
      UserVxlanForwarder neighbour,
      ByteBuffer slab,
      int frame,
      int frameBytes,
      long source,
      long destination) {
    long offload = UnfinishedFrame.offload(slab, frame, frameBytes, neighbour.mtu());
    if (offload == UnfinishedFrame.UNKNOWN) {
      counters.increment(LANE, UserVxlanCounter.DROPPED_UNFINISHED);
      neighbour.counters().increment(LANE, PathCounter.DROPPED);
      return;
    }
    if (offload != Offload.NONE) {
      counters.increment(LANE, UserVxlanCounter.UNFINISHED_RECEIVED);
    }
    if (!batch.hasRoom(frameBytes)) {
      endOfVector();
    }
    batch.add(slab, frame, frameBytes, offload, source, destination);
    counters.increment(LANE, UserVxlanCounter.FRAMES_RECEIVED);
    counters.add(LANE, UserVxlanCounter.BYTES_RECEIVED, frameBytes + FastdpProtocol.VXLAN_BYTES);
    neighbour.counters().increment(LANE, PathCounter.RECEIVED_PACKETS);
    neighbour.counters().add(LANE, PathCounter.RECEIVED_BYTES, frameBytes);
  }
}
