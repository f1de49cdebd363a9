package io.weft.fastpath;

import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.Errno;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.Datagrams;
import io.weft.sleeve.FrameOffload;
import io.weft.sleeve.InternetChecksum;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PeerSocket;
import io.weft.sleeve.Segments;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane's way out: wraps frames and segments of super-frames for one neighbour after the other
 * and sends what lies there by one call. Used by the lane's thread only.
 */
final class UserVxlanLane implements Datagrams.Link {
  /** Our choice, as in the other overlays of user space: a full vector takes one or two calls. */
  private static final int DATAGRAMS = 64;

  /** Our choice: one of the longest and what is usual behind it. */
  private static final int SLAB_BYTES = 128 * 1024;

  private final int lane;
  private final LaneCounters<UserVxlanCounter> counters;
  private final Datagrams datagrams = new Datagrams(DATAGRAMS, SLAB_BYTES, 0);
  private final Segments segments = new Segments();

  /** Whose datagrams they are; of none when there are none. */
  private @Nullable UserVxlanForwarder current;

  UserVxlanLane(int lane, LaneCounters<UserVxlanCounter> counters) {
    this.lane = lane;
    this.counters = counters;
  }

  /**
   * Gathers a frame, named by short ids.
   *
   * @return false when it does not fit the path, so another overlay may carry it
   */
  boolean add(UserVxlanForwarder to, FrameBatch batch, int index, int source, int destination) {
    ByteBuffer slab = batch.slab();
    int frame = batch.offset(index);
    int length = batch.length(index);
    long offload = batch.offload(index);
    if (offload != Offload.NONE) {
      if (!FrameOffload.fits(slab, frame, length, offload)) {
        counters.increment(lane, UserVxlanCounter.DROPPED_BAD_OFFLOAD);
        return true;
      }
      if (Offload.type(offload) != Offload.TYPE_NONE) {
        segments.begin(slab, frame, length, offload);
        return fits(to, segments.longestFrame()) && cut(to, source, destination);
      }
      // Whoever takes the frame next finds it whole.
      InternetChecksum.complete(slab, frame, length, offload);
      batch.complete(index);
    }
    if (!fits(to, length)) {
      return false;
    }
    int at = begin(to, length, source, destination);
    datagrams.slab().put(at, slab, frame, length);
    return true;
  }

  private boolean cut(UserVxlanForwarder to, int source, int destination) {
    for (int length = segments.nextLength(); length > 0; length = segments.nextLength()) {
      segments.write(datagrams.slab(), begin(to, length, source, destination));
    }
    return true;
  }

  private boolean fits(UserVxlanForwarder to, int frameBytes) {
    if (frameBytes <= to.mtu() + FastdpProtocol.ETHERNET_BYTES) {
      return true;
    }
    counters.increment(lane, UserVxlanCounter.LEFT_TO_OTHERS);
    return false;
  }

  /** Sends a heartbeat for packets of {@code mtu} bytes at once. */
  void heartbeat(
      UserVxlanForwarder to, long connectionUid, int mtu, long token, int source, int destination) {
    int at = begin(to, mtu + FastdpProtocol.ETHERNET_BYTES, source, destination);
    Heartbeats.writeFrame(datagrams.slab(), at, connectionUid, mtu, token);
    counters.increment(lane, UserVxlanCounter.HEARTBEATS_SENT);
    send();
  }

  /** Sends what is gathered for a neighbour. */
  void flush(UserVxlanForwarder to) {
    if (to.equals(current)) {
      send();
    }
  }

  /** Begins a datagram; returns where its frame is to be written. */
  private int begin(UserVxlanForwarder to, int frameBytes, int source, int destination) {
    int bytes = FastdpProtocol.VXLAN_BYTES + frameBytes;
    if (!to.equals(current) || !datagrams.hasRoom(bytes)) {
      send();
    }
    current = to;
    int at = datagrams.begin(bytes);
    VxlanHeader.put(datagrams.slab(), at, source, destination);
    return at + FastdpProtocol.VXLAN_BYTES;
  }

  private void send() {
    UserVxlanForwarder to = current;
    if (to == null || datagrams.count() == 0) {
      return;
    }
    PeerSocket socket = to.socket();
    if (socket == null || !socket.acquire()) {
      count(0, datagrams.count(), UserVxlanCounter.DROPPED_NO_SOCKET);
    } else {
      try {
        int longest = FastdpProtocol.VXLAN_BYTES + to.mtu() + FastdpProtocol.ETHERNET_BYTES;
        datagrams.send(socket.socket(), null, longest, this);
      } finally {
        socket.release();
      }
    }
    datagrams.clear();
    current = null;
  }

  @Override
  public boolean sendsRuns() {
    UserVxlanForwarder to = current;
    return to != null && to.sendsRuns();
  }

  @Override
  public void runsRefused() {
    UserVxlanForwarder to = current;
    if (to != null) {
      to.runsRefused();
    }
    counters.increment(lane, UserVxlanCounter.RUNS_REFUSED);
  }

  @Override
  public void tooBig(UdpSocket socket) {
    // Heartbeats are as long as any frame: they tell whether the path is fit.
  }

  @Override
  public void pathError() {
    counters.increment(lane, UserVxlanCounter.ICMP_ERRORS);
  }

  @Override
  public void sent(int from, int to) {
    long bytes = 0;
    for (int i = from; i < to; i++) {
      bytes += datagrams.length(i);
    }
    counters.add(lane, UserVxlanCounter.FRAMES_SENT, to - from);
    counters.add(lane, UserVxlanCounter.BYTES_SENT, bytes);
    UserVxlanForwarder neighbour = current;
    if (neighbour != null) {
      long frames = bytes - (long) (to - from) * FastdpProtocol.VXLAN_BYTES;
      neighbour.counters().add(lane, PathCounter.SENT_PACKETS, to - from);
      neighbour.counters().add(lane, PathCounter.SENT_BYTES, frames);
    }
  }

  @Override
  public void dropped(int from, int to, int errno) {
    count(
        from,
        to,
        errno == Errno.EMSGSIZE
            ? UserVxlanCounter.DROPPED_PATH_MTU
            : UserVxlanCounter.DROPPED_SEND);
  }

  @Override
  public void failed(int errno) {
    // Whether the connection still works is for its heartbeats to tell.
  }

  private void count(int from, int to, UserVxlanCounter reason) {
    counters.add(lane, reason, to - from);
    UserVxlanForwarder neighbour = current;
    if (neighbour != null) {
      neighbour.counters().add(lane, PathCounter.DROPPED, to - from);
    }
  }
}
