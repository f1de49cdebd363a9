package io.weft.sleeve;

import io.weft.linux.Errno;
import io.weft.linux.SendVector;
import io.weft.linux.UdpSocket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane's way out to one neighbour: gathers frames for the two streams (with and without "don't
 * fragment"), seals and sends them. Used by the lane's thread only.
 */
final class LaneSender {
  /** What a lane needs of its connection. */
  interface Link {
    /** The connected socket with "don't fragment", or null before the neighbour is known. */
    @Nullable PeerSocket dontFragmentSocket();

    /** The socket that all connections share, where datagrams may be fragmented. */
    PeerSocket sharedSocket();

    /** The next sequence number of a stream, flag included. */
    long nextSequence(boolean dontFragment);

    /** The kernel refused a datagram because of the path MTU. */
    void tooBig(int lane, int pathMtu);

    /** Sending fails for good. */
    void sendFailed(int lane, int errno);
  }

  /** Frames of this stream leave with DF set. */
  private final DatagramVector dontFragment;

  private final DatagramVector mayFragment;
  private final int lane;
  private final long localName;
  private final Link link;
  private final SleeveCounters counters;
  private final @Nullable DatagramSealer sealer;

  LaneSender(
      int lane,
      long localName,
      Sealing sealing,
      @Nullable DatagramSealer sealer,
      Link link,
      SleeveCounters counters) {
    this.lane = lane;
    this.localName = localName;
    this.link = link;
    this.counters = counters;
    this.sealer = sealer;
    dontFragment = new DatagramVector(sealing);
    mayFragment = new DatagramVector(sealing);
  }

  /** Gathers a frame that must reach the neighbour in one packet. */
  void addDontFragment(
      ByteBuffer source, int offset, int length, long from, long to, PathState path) {
    int max = path.maxPayload();
    add(dontFragment, source, offset, length, from, to, path, max, max);
  }

  /** Gathers a frame whose datagram may be fragmented on its way. */
  void addMayFragment(
      ByteBuffer source, int offset, int length, long from, long to, PathState path) {
    int max = SleeveProtocol.MAX_PAYLOAD_BYTES;
    add(mayFragment, source, offset, length, from, to, path, max, path.maxPayload());
  }

  /** Gathers a frame of the path's own, whatever the path is believed to take. */
  void addSpecial(
      boolean dontFragmentStream,
      ByteBuffer source,
      int length,
      long from,
      long to,
      PathState path) {
    DatagramVector vector = dontFragmentStream ? dontFragment : mayFragment;
    add(vector, source, 0, length, from, to, path, SleeveProtocol.MAX_PAYLOAD_BYTES, 0);
  }

  /** Sends whatever is gathered. */
  void flush(PathState path) {
    send(dontFragment, path);
    send(mayFragment, path);
  }

  private void add(
      DatagramVector vector,
      ByteBuffer source,
      int offset,
      int length,
      long from,
      long to,
      PathState path,
      int aloneMax,
      int togetherMax) {
    DatagramVector.Result result =
        vector.add(source, offset, length, from, to, aloneMax, togetherMax);
    if (result == DatagramVector.Result.FULL) {
      send(vector, path);
      result = vector.add(source, offset, length, from, to, aloneMax, togetherMax);
    }
    if (result != DatagramVector.Result.ADDED) {
      counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
    }
  }

  private void send(DatagramVector datagrams, PathState path) {
    if (datagrams.count() == 0) {
      return;
    }
    boolean df = isDontFragment(datagrams);
    Endpoint remote = path.remote();
    PeerSocket socket = df ? link.dontFragmentSocket() : link.sharedSocket();
    if (remote == null || socket == null || !socket.acquire()) {
      drop(datagrams, 0, SleeveCounter.DROPPED_NO_REMOTE);
    } else {
      try {
        complete(datagrams, df, remote);
        transmit(datagrams, socket.socket());
      } finally {
        socket.release();
      }
    }
    datagrams.clear();
  }

  /** Writes what precedes the frames, seals, and tells the system call where each datagram is. */
  private void complete(DatagramVector datagrams, boolean df, Endpoint remote) {
    SendVector vector = datagrams.sendVector();
    ByteBuffer slab = datagrams.slab();
    for (int i = 0; i < datagrams.count(); i++) {
      int offset = datagrams.offset(i);
      int length = datagrams.length(i);
      FrameList.putName(slab, offset, localName);
      if (sealer != null) {
        sealer.seal(slab, offset, length, link.nextSequence(df));
      }
      if (df) {
        vector.add(offset, length);
      } else {
        vector.add(offset, length, remote.ipv4(), remote.port());
      }
    }
  }

  private void transmit(DatagramVector datagrams, UdpSocket socket) {
    int next = 0;
    boolean retried = false;
    while (next < datagrams.count()) {
      int result = socket.send(datagrams.sendVector(), next);
      if (result > 0) {
        sent(datagrams, next, next + result);
        next += result;
        retried = false;
        continue;
      }
      int errno = -result;
      if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS) {
        // The kernel has no room: what is queued behind would find none either.
        drop(datagrams, next, SleeveCounter.DROPPED_SEND);
        return;
      }
      if (!isPathError(socket, errno)) {
        drop(datagrams, next, SleeveCounter.DROPPED_SEND);
        link.sendFailed(lane, errno);
        return;
      }
      // An error may concern an earlier datagram, and is then gone: the second try tells.
      if (retried) {
        counters.increment(
            lane,
            errno == Errno.EMSGSIZE ? SleeveCounter.DROPPED_PATH_MTU : SleeveCounter.DROPPED_SEND);
        next++;
      }
      retried = !retried;
    }
  }

  /** Notes an error that the path explains; false for any other. */
  private boolean isPathError(UdpSocket socket, int errno) {
    if (errno == Errno.EMSGSIZE) {
      link.tooBig(lane, PathErrors.pathMtu(socket));
      return true;
    }
    if (PathErrors.isTolerated(errno)) {
      counters.increment(lane, SleeveCounter.ICMP_ERRORS);
      return true;
    }
    return false;
  }

  private void sent(DatagramVector datagrams, int from, int to) {
    long bytes = 0;
    long frames = 0;
    for (int i = from; i < to; i++) {
      bytes += datagrams.length(i);
      frames += datagrams.frames(i);
    }
    counters.add(lane, SleeveCounter.DATAGRAMS_SENT, to - from);
    counters.add(lane, SleeveCounter.FRAMES_SENT, frames);
    counters.add(lane, SleeveCounter.BYTES_SENT, bytes);
  }

  private void drop(DatagramVector datagrams, int from, SleeveCounter reason) {
    counters.add(lane, reason, datagrams.count() - from);
  }

  @SuppressWarnings("ReferenceEquality") // Asks which of our two vectors it is.
  private boolean isDontFragment(DatagramVector datagrams) {
    return datagrams == dontFragment;
  }
}
