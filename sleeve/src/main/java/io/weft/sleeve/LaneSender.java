package io.weft.sleeve;

import io.weft.linux.Errno;
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

    /** Whether the kernel may be given runs of datagrams. */
    boolean sendsRuns();

    /** The kernel or the device refuses runs of datagrams. */
    void runsRefused(int lane);

    /** Sending fails for good. */
    void sendFailed(int lane, int errno);
  }

  /**
   * Where frames are gathered.
   *
   * @param dontFragment for the stream that leaves with DF set
   * @param mayFragment for the other
   */
  record Vectors(DatagramVector dontFragment, DatagramVector mayFragment) {
    Vectors(Sealing sealing) {
      this(new DatagramVector(sealing), new DatagramVector(sealing));
    }
  }

  private final Stream dontFragment;
  private final Stream mayFragment;
  private final int lane;
  private final long localName;
  private final Link link;
  private final SleeveCounters counters;
  private final @Nullable DatagramSealer sealer;

  LaneSender(
      int lane,
      long localName,
      Vectors vectors,
      @Nullable DatagramSealer sealer,
      Link link,
      SleeveCounters counters) {
    this.lane = lane;
    this.localName = localName;
    this.link = link;
    this.counters = counters;
    this.sealer = sealer;
    dontFragment = new Stream(vectors.dontFragment(), true);
    mayFragment = new Stream(vectors.mayFragment(), false);
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
    Stream stream = dontFragmentStream ? dontFragment : mayFragment;
    add(stream, source, 0, length, from, to, path, SleeveProtocol.MAX_PAYLOAD_BYTES, 0);
  }

  /** Gathers all segments of a super-frame, as the frames that they are. */
  void addSegments(Segments segments, boolean df, long from, long to, PathState path) {
    Stream stream = df ? dontFragment : mayFragment;
    DatagramVector vector = stream.datagrams;
    int aloneMax = df ? path.maxPayload() : SleeveProtocol.MAX_PAYLOAD_BYTES;
    int together = path.maxPayload();
    for (int length = segments.nextLength(); length > 0; length = segments.nextLength()) {
      DatagramVector.Result result = vector.place(length, from, to, aloneMax, together);
      if (result == DatagramVector.Result.FULL) {
        stream.send(path);
        result = vector.place(length, from, to, aloneMax, together);
      }
      if (result == DatagramVector.Result.ADDED) {
        segments.write(vector.slab(), vector.placed());
      } else {
        counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
        segments.skip();
      }
    }
  }

  /** Sends whatever is gathered. */
  void flush(PathState path) {
    dontFragment.send(path);
    mayFragment.send(path);
  }

  private void add(
      Stream stream,
      ByteBuffer source,
      int offset,
      int length,
      long from,
      long to,
      PathState path,
      int aloneMax,
      int togetherMax) {
    DatagramVector vector = stream.datagrams;
    DatagramVector.Result result =
        vector.add(source, offset, length, from, to, aloneMax, togetherMax);
    if (result == DatagramVector.Result.FULL) {
      stream.send(path);
      result = vector.add(source, offset, length, from, to, aloneMax, togetherMax);
    }
    if (result != DatagramVector.Result.ADDED) {
      counters.increment(lane, SleeveCounter.DROPPED_TOO_BIG);
    }
  }

  /** Datagrams that leave with "don't fragment", or without. */
  private final class Stream implements Datagrams.Link {
    final DatagramVector datagrams;
    private final boolean df;

    Stream(DatagramVector datagrams, boolean df) {
      this.datagrams = datagrams;
      this.df = df;
    }

    void send(PathState path) {
      if (datagrams.count() == 0) {
        return;
      }
      Endpoint remote = path.remote();
      PeerSocket socket = df ? link.dontFragmentSocket() : link.sharedSocket();
      if (remote == null || socket == null || !socket.acquire()) {
        counters.add(lane, SleeveCounter.DROPPED_NO_REMOTE, datagrams.count());
      } else {
        try {
          complete();
          Endpoint to = df ? null : remote;
          datagrams.datagrams().send(socket.socket(), to, path.maxPayload(), this);
        } finally {
          socket.release();
        }
      }
      datagrams.clear();
    }

    /** Writes what precedes the frames, and seals. */
    private void complete() {
      ByteBuffer slab = datagrams.slab();
      for (int i = 0; i < datagrams.count(); i++) {
        int offset = datagrams.offset(i);
        FrameList.putName(slab, offset, localName);
        if (sealer != null) {
          sealer.seal(slab, offset, datagrams.length(i), link.nextSequence(df));
        }
      }
    }

    @Override
    public boolean sendsRuns() {
      return link.sendsRuns();
    }

    @Override
    public void runsRefused() {
      link.runsRefused(lane);
    }

    @Override
    public void tooBig(UdpSocket socket) {
      link.tooBig(lane, PathErrors.pathMtu(socket));
    }

    @Override
    public void pathError() {
      counters.increment(lane, SleeveCounter.ICMP_ERRORS);
    }

    @Override
    public void sent(int from, int to) {
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

    @Override
    public void dropped(int from, int to, int errno) {
      boolean tooBig = errno == Errno.EMSGSIZE;
      SleeveCounter reason = tooBig ? SleeveCounter.DROPPED_PATH_MTU : SleeveCounter.DROPPED_SEND;
      counters.add(lane, reason, to - from);
    }

    @Override
    public void failed(int errno) {
      link.sendFailed(lane, errno);
    }
  }
}
