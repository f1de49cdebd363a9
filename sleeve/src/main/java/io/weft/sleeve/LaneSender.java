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

  /** Frames of this stream leave with DF set. */
  private final DatagramVector dontFragment;

  private final DatagramVector mayFragment;

  /** Behind each entry of the send vector the first datagram that is not in it. */
  private final int[] entryEnds = new int[SleeveProtocol.SEND_VECTOR];

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
    dontFragment = vectors.dontFragment();
    mayFragment = vectors.mayFragment();
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

  /** Gathers all segments of a super-frame, as the frames that they are. */
  void addSegments(Segments segments, boolean df, long from, long to, PathState path) {
    DatagramVector vector = df ? dontFragment : mayFragment;
    int aloneMax = df ? path.maxPayload() : SleeveProtocol.MAX_PAYLOAD_BYTES;
    int together = path.maxPayload();
    for (int length = segments.nextLength(); length > 0; length = segments.nextLength()) {
      DatagramVector.Result result = vector.place(length, from, to, aloneMax, together);
      if (result == DatagramVector.Result.FULL) {
        send(vector, path);
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
        complete(datagrams, df);
        transmit(datagrams, df, remote, path.maxPayload(), socket.socket());
      } finally {
        socket.release();
      }
    }
    datagrams.clear();
  }

  /** Writes what precedes the frames, and seals. */
  private void complete(DatagramVector datagrams, boolean df) {
    ByteBuffer slab = datagrams.slab();
    for (int i = 0; i < datagrams.count(); i++) {
      int offset = datagrams.offset(i);
      FrameList.putName(slab, offset, localName);
      if (sealer != null) {
        sealer.seal(slab, offset, datagrams.length(i), link.nextSequence(df));
      }
    }
  }

  /**
   * Tells the system call where each datagram from {@code from} on is, runs of them as one.
   *
   * @param longestRun longest datagram in a run, 0 for no runs
   */
  private void list(
      DatagramVector datagrams, int from, boolean df, Endpoint remote, int longestRun) {
    SendVector vector = datagrams.sendVector();
    vector.clear();
    for (int i = from, run; i < datagrams.count(); i += run) {
      run = datagrams.run(i, longestRun);
      int offset = datagrams.offset(i);
      int segment = run == 1 ? 0 : datagrams.length(i);
      int bytes = datagrams.end(i + run - 1) - offset;
      entryEnds[vector.count()] = i + run;
      if (df) {
        vector.addRun(offset, bytes, segment);
      } else {
        vector.addRun(offset, bytes, segment, remote.ipv4(), remote.port());
      }
    }
  }

  private void transmit(
      DatagramVector datagrams, boolean df, Endpoint remote, int maxPayload, UdpSocket socket) {
    list(datagrams, 0, df, remote, link.sendsRuns() ? maxPayload : 0);
    SendVector vector = datagrams.sendVector();
    int next = 0;
    int entry = 0;
    boolean retried = false;
    while (entry < vector.count()) {
      int result = socket.send(vector, entry);
      if (result > 0) {
        entry += result;
        sent(datagrams, next, entryEnds[entry - 1]);
        next = entryEnds[entry - 1];
        retried = false;
        continue;
      }
      int errno = -result;
      boolean run = entryEnds[entry] - next > 1;
      if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS) {
        // The kernel has no room: what is queued behind would find none either.
        drop(datagrams, next, SleeveCounter.DROPPED_SEND);
        return;
      }
      // Datagrams that the kernel may fragment must leave one by one: it does not cut and fragment.
      boolean longerThanLink = !df && errno == Errno.EMSGSIZE;
      if (run && (errno == Errno.EIO || errno == Errno.EINVAL || longerThanLink)) {
        if (!longerThanLink && !PathErrors.exceedsPath(datagrams.length(next), socket)) {
          link.runsRefused(lane);
        }
        list(datagrams, next, df, remote, 0);
        entry = 0;
        continue;
      }
      if (!isPathError(socket, errno)) {
        drop(datagrams, next, SleeveCounter.DROPPED_SEND);
        link.sendFailed(lane, errno);
        return;
      }
      // An error may concern an earlier datagram, and is then gone: the second try tells.
      if (retried) {
        int end = entryEnds[entry];
        counters.add(
            lane,
            errno == Errno.EMSGSIZE ? SleeveCounter.DROPPED_PATH_MTU : SleeveCounter.DROPPED_SEND,
            end - next);
        next = end;
        entry++;
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
