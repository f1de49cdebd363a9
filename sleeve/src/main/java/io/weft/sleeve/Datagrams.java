package io.weft.sleeve;

import io.weft.linux.Errno;
import io.weft.linux.SendVector;
import io.weft.linux.UdpSocket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that lie one behind the other in an off-heap slab, and their way into the kernel by as
 * few system calls as possible: runs of one length are cut by the kernel or the device (overlay.md
 * F.2.3). One lane.
 */
public final class Datagrams {
  /** The path that datagrams take, and who is told what becomes of them. */
  public interface Link {
    /** Whether the kernel may be given runs of datagrams. */
    boolean sendsRuns();

    /** The kernel or the device refuses runs of datagrams. */
    void runsRefused();

    /** The kernel refused a datagram because of the path MTU. */
    void tooBig(UdpSocket socket);

    /** An error that the path explains; sending goes on. */
    void pathError();

    /** Datagrams {@code from} up to {@code to} are with the kernel. */
    void sent(int from, int to);

    /** Datagrams {@code from} up to {@code to} are lost by this error number. */
    void dropped(int from, int to, int errno);

    /** Sending fails for good, by an error that no path explains. */
    void failed(int errno);
  }

  private final ByteBuffer slab;
  private final SendVector vector;
  private final int[] offsets;
  private final int[] lengths;

  /** Behind each entry of the send vector the first datagram that is not in it. */
  private final int[] entryEnds;

  private final int start;
  private int count;
  private int used;

  /**
   * No datagrams yet.
   *
   * @param capacity most datagrams at a time
   * @param slabBytes room for all of them
   * @param start where the first begins in the slab
   */
  public Datagrams(int capacity, int slabBytes, int start) {
    slab = ByteBuffer.allocateDirect(slabBytes);
    vector = new SendVector(slab, capacity);
    offsets = new int[capacity];
    lengths = new int[capacity];
    entryEnds = new int[capacity];
    this.start = start;
    used = start;
  }

  /** Datagrams gathered. */
  public int count() {
    return count;
  }

  /** Where datagram {@code index} starts in {@link #slab}. */
  public int offset(int index) {
    return offsets[index];
  }

  /** Length of datagram {@code index}. */
  public int length(int index) {
    return lengths[index];
  }

  /** The slab, big-endian. */
  public ByteBuffer slab() {
    return slab;
  }

  /** Whether a further datagram of this length fits. */
  public boolean hasRoom(int bytes) {
    return count < offsets.length && canExtend(bytes);
  }

  /** Whether the last datagram can grow by so much. */
  boolean canExtend(int bytes) {
    return slab.capacity() - used >= bytes;
  }

  /** Begins a datagram, for which {@link #hasRoom}; returns where it is to be written. */
  public int begin(int bytes) {
    offsets[count] = used;
    lengths[count] = bytes;
    used += bytes;
    return offsets[count++];
  }

  /** Lengthens the last datagram, which {@link #canExtend}; returns where the new bytes begin. */
  int extend(int bytes) {
    int at = used;
    lengths[count - 1] += bytes;
    used += bytes;
    return at;
  }

  /** Empties the slab. */
  public void clear() {
    count = 0;
    used = start;
    vector.clear();
  }

  /**
   * How many datagrams from {@code from} on the kernel can cut from one region: all of one length
   * but the last, which may be shorter (overlay.md F.2.3).
   *
   * @param longest no datagram of a run is longer
   */
  int run(int from, int longest) {
    int segment = lengths[from];
    int bytes = segment;
    int next = from + 1;
    while (segment <= longest
        && next < count
        && next - from < SendVector.RUN_DATAGRAMS_MAX
        && lengths[next - 1] == segment
        && lengths[next] <= segment
        && bytes + lengths[next] <= SendVector.RUN_BYTES_MAX) {
      bytes += lengths[next];
      next++;
    }
    return next - from;
  }

  /**
   * Sends everything; the slab stays as it is.
   *
   * @param remote where to, on a socket that lets the kernel fragment what is too long, which it
   *     does not do to runs; null on a connected socket
   * @param longestInRun no datagram of a run is longer
   */
  public void send(UdpSocket socket, @Nullable Endpoint remote, int longestInRun, Link link) {
    list(0, remote, link.sendsRuns() ? longestInRun : 0);
    int next = 0;
    int entry = 0;
    boolean retried = false;
    while (entry < vector.count()) {
      int result = socket.send(vector, entry);
      if (result > 0) {
        entry += result;
        link.sent(next, entryEnds[entry - 1]);
        next = entryEnds[entry - 1];
        retried = false;
        continue;
      }
      int errno = -result;
      boolean run = entryEnds[entry] - next > 1;
      if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS) {
        // The kernel has no room: what is queued behind would find none either.
        link.dropped(next, count, errno);
        return;
      }
      boolean longerThanLink = remote != null && errno == Errno.EMSGSIZE;
      if (run && (errno == Errno.EIO || errno == Errno.EINVAL || longerThanLink)) {
        if (!longerThanLink && !PathErrors.exceedsPath(lengths[next], socket)) {
          link.runsRefused();
        }
        list(next, remote, 0);
        entry = 0;
        continue;
      }
      if (!isPathError(socket, errno, link)) {
        link.dropped(next, count, errno);
        link.failed(errno);
        return;
      }
      // An error may concern an earlier datagram, and is then gone: the second try tells.
      if (retried) {
        link.dropped(next, entryEnds[entry], errno);
        next = entryEnds[entry];
        entry++;
      }
      retried = !retried;
    }
  }

  /**
   * Tells the system call where each datagram from {@code from} on is, runs of them as one.
   *
   * @param longestInRun 0 for no runs
   */
  private void list(int from, @Nullable Endpoint remote, int longestInRun) {
    vector.clear();
    for (int i = from, run; i < count; i += run) {
      run = run(i, longestInRun);
      int last = i + run - 1;
      int segment = run == 1 ? 0 : lengths[i];
      int bytes = offsets[last] + lengths[last] - offsets[i];
      entryEnds[vector.count()] = i + run;
      if (remote == null) {
        vector.addRun(offsets[i], bytes, segment);
      } else {
        vector.addRun(offsets[i], bytes, segment, remote.ipv4(), remote.port());
      }
    }
  }

  /** Notes an error that the path explains; false for any other. */
  private static boolean isPathError(UdpSocket socket, int errno, Link link) {
    if (errno == Errno.EMSGSIZE) {
      link.tooBig(socket);
      return true;
    }
    if (PathErrors.isTolerated(errno)) {
      link.pathError();
      return true;
    }
    return false;
  }
}
