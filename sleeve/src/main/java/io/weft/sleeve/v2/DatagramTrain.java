package io.weft.sleeve.v2;

import io.weft.linux.Errno;
import io.weft.linux.SendVector;
import io.weft.linux.UdpSocket;
import io.weft.sleeve.LaneCounters;
import io.weft.sleeve.PathErrors;
import java.nio.ByteBuffer;

/**
 * Datagrams that lie one behind the other, to be handed to the kernel by one call: runs of one
 * length are cut by the kernel or the network card. One lane.
 */
final class DatagramTrain {
  /** What a train needs of the connection it is sent for. */
  interface Link {
    /**
     * Where what is sent for this connection is counted.
     *
     * @param totals of the lane, which is enough unless the connection has a part of them
     */
    default LaneCounters<Sleeve2Counter> sendCounters(LaneCounters<Sleeve2Counter> totals) {
      return totals;
    }

    /** The kernel refused a datagram because of the path MTU. */
    void tooBig(int lane);

    /** Whether the kernel cuts runs for this connection. */
    boolean cutsRuns();

    /** The kernel or the device refuses runs, after all. */
    void runsRefused(int lane);
  }

  private final int lane;
  private final LaneCounters<Sleeve2Counter> counters;
  private final ByteBuffer slab = ByteBuffer.allocateDirect(Sleeve2Protocol.SEND_SLAB_BYTES);
  private final SendVector vector = new SendVector(slab, Sleeve2Protocol.SEND_VECTOR);
  private final int[] offsets = new int[Sleeve2Protocol.SEND_VECTOR + 1];

  /** Datagrams in each entry of the vector. */
  private final int[] entries = new int[Sleeve2Protocol.SEND_VECTOR];

  private int count;

  DatagramTrain(int lane, LaneCounters<Sleeve2Counter> counters) {
    this.lane = lane;
    this.counters = counters;
  }

  /** Where the datagrams lie, from 0 on. */
  ByteBuffer slab() {
    return slab;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Whether an aggregate of {@code length} bytes in {@code pieces} fits behind what is there. */
  boolean hasRoom(int length, int pieces) {
    return count + pieces <= Sleeve2Protocol.SEND_VECTOR
        && offsets[count] + length + pieces * Sleeve2Protocol.HEADER_BYTES <= slab.capacity();
  }

  /** Cuts an aggregate into datagrams; the caller has checked {@link #hasRoom}. */
  void add(byte[] header, byte[] sealed, int length, int pieces) {
    int pieceBytes = Pieces.bytes(length, pieces);
    for (int piece = 0; piece < pieces; piece++) {
      int at = offsets[count];
      int from = piece * pieceBytes;
      int bytes = Math.min(pieceBytes, length - from);
      slab.put(at, header, 0, Sleeve2Protocol.AUTHENTIC_HEADER_BYTES);
      slab.put(at + Sleeve2Protocol.PIECE_OFFSET, (byte) piece);
      slab.put(at + Sleeve2Protocol.HEADER_BYTES, sealed, from, bytes);
      count++;
      offsets[count] = at + Sleeve2Protocol.HEADER_BYTES + bytes;
    }
  }

  /** Drops everything for a reason. */
  void drop(Sleeve2Counter reason, Link link) {
    link.sendCounters(counters).add(lane, reason, count);
    count = 0;
  }

  /** Sends everything to the peer of a connected socket; what cannot be sent is dropped. */
  void send(UdpSocket socket, Link link) {
    int from = 0;
    while (from < count) {
      from = send(socket, link, from);
    }
    count = 0;
  }

  /** Sends datagram {@code from} and following; returns which one is to be sent next. */
  private int send(UdpSocket socket, Link link, int from) {
    LaneCounters<Sleeve2Counter> part = link.sendCounters(counters);
    fill(from, link.cutsRuns());
    int entry = 0;
    int next = from;
    boolean retried = false;
    while (entry < vector.count()) {
      int result = socket.send(vector, entry);
      for (int sent = 0; sent < result; sent++) {
        int to = next + entries[entry];
        part.add(lane, Sleeve2Counter.DATAGRAMS_SENT, to - next);
        part.add(lane, Sleeve2Counter.BYTES_SENT, offsets[to] - offsets[next]);
        next = to;
        entry++;
        retried = false;
      }
      if (result > 0) {
        continue;
      }
      int errno = -result;
      if (entries[entry] > 1 && refusesRuns(errno, offsets[next + 1] - offsets[next], socket)) {
        link.runsRefused(lane);
        return next;
      }
      boolean tooBig = errno == Errno.EMSGSIZE || errno == Errno.EINVAL;
      if (tooBig) {
        link.tooBig(lane);
      } else if (PathErrors.isTolerated(errno)) {
        part.increment(lane, Sleeve2Counter.ICMP_ERRORS);
      } else {
        // The kernel has no room, or will not: what is queued behind would fare no better.
        part.add(lane, Sleeve2Counter.DROPPED_SEND, count - next);
        return count;
      }
      // An error may concern an earlier datagram, and is then gone: the second try tells.
      if (retried) {
        part.add(
            lane,
            tooBig ? Sleeve2Counter.DROPPED_PATH_MTU : Sleeve2Counter.DROPPED_SEND,
            entries[entry]);
        next += entries[entry];
        entry++;
      }
      retried = !retried;
    }
    return next;
  }

  /** Whether it is runs that the kernel or the device does not take, not what is in them. */
  private static boolean refusesRuns(int errno, int payload, UdpSocket socket) {
    return errno == Errno.EIO
        || (errno == Errno.EINVAL && !PathErrors.exceedsPath(payload, socket));
  }

  private void fill(int from, boolean runs) {
    vector.clear();
    int next = from;
    while (next < count) {
      int first = next;
      int length = offsets[first + 1] - offsets[first];
      int end = first + 1;
      while (runs && end < count && joins(first, end, length)) {
        end++;
        if (offsets[end] - offsets[end - 1] < length) {
          break;
        }
      }
      entries[vector.count()] = end - first;
      if (end - first == 1) {
        vector.add(offsets[first], length);
      } else {
        vector.addRun(offsets[first], offsets[end] - offsets[first], length);
      }
      next = end;
    }
  }

  /** Whether datagram {@code end} may follow in the run that begins with {@code first}. */
  private boolean joins(int first, int end, int length) {
    return end - first < SendVector.RUN_DATAGRAMS_MAX
        && offsets[end + 1] - offsets[first] <= SendVector.RUN_BYTES_MAX
        && offsets[end + 1] - offsets[end] <= length;
  }
}
