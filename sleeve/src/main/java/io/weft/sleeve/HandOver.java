package io.weft.sleeve;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * How a worker passes datagrams to the one that owns what opens them: counters and windows against
 * replay have one owner, but the kernel gives all datagrams from one address to one socket, and
 * those from a new address to the socket that all share. The bytes are copied into a ring that
 * exists once a pair of workers has needed it. Belongs to its worker's thread.
 */
public final class HandOver {
  /** Knows who owns what opens a datagram. */
  public interface Owners {
    /** The worker that takes this datagram; our own for one that nobody takes. */
    int ownerOf(ByteBuffer slab, int offset, int bytes);
  }

  /** A worker's own part in a run of datagrams. */
  public interface Receiver extends Owners {
    /** Takes a datagram that is ours. */
    void own(ByteBuffer slab, int offset, int bytes, int ipv4, int port);

    /**
     * Notes that a datagram's owner has no room for it, nor for what it owns of those behind it.
     */
    void busy(ByteBuffer slab, int offset);
  }

  /** Takes what others have passed. */
  interface Taker {
    /** As {@link DatagramHandler#datagrams}. */
    void take(ByteBuffer slab, int offset, int length, int segmentBytes, int ipv4, int port);
  }

  private static final long SPREAD = 0x9e3779b97f4a7c15L;
  private static final int HASH_BITS = 31;

  private final int worker;
  private final int workers;

  /** From worker to worker: a row for each writer. */
  private final AtomicReferenceArray<DatagramRing> rings;

  /** Filled before the threads start. */
  private final ReceiveLoop[] loops;

  private final boolean[] passedTo;

  private HandOver(
      int worker, int workers, AtomicReferenceArray<DatagramRing> rings, ReceiveLoop[] loops) {
    this.worker = worker;
    this.workers = workers;
    this.rings = rings;
    this.loops = loops;
    passedTo = new boolean[workers];
  }

  /** For each of so many workers one; {@code loops} is filled later with their loops. */
  static List<HandOver> among(int workers, ReceiveLoop[] loops) {
    AtomicReferenceArray<DatagramRing> rings = new AtomicReferenceArray<>(workers * workers);
    List<HandOver> all = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      all.add(new HandOver(worker, workers, rings, loops));
    }
    return all;
  }

  /** Of a router with one worker. */
  public static HandOver none() {
    return among(1, new ReceiveLoop[1]).getFirst();
  }

  /**
   * The worker that owns a neighbour.
   *
   * @param peer value of its name
   */
  static int workerOf(long peer, int workers) {
    return (int) ((peer * SPREAD) >>> (Long.SIZE - HASH_BITS)) % workers;
  }

  /** The worker that this belongs to. */
  public int worker() {
    return worker;
  }

  /**
   * Takes one datagram, or several of one length that the kernel has joined, and passes on those
   * that belong to others.
   *
   * @param segmentBytes length of all but the last, 0 for a single one
   */
  public void share(
      Receiver receiver,
      ByteBuffer slab,
      int offset,
      int length,
      int segmentBytes,
      int ipv4,
      int port) {
    int step = segmentBytes == 0 ? Math.max(1, length) : segmentBytes;
    int at = 0;
    do {
      int passed = pass(receiver, slab, offset + at, length - at, step, ipv4, port);
      if (passed < 0) {
        receiver.busy(slab, offset + at);
      }
      if (passed == 0) {
        receiver.own(slab, offset + at, Math.min(step, length - at), ipv4, port);
        at += step;
      } else {
        at += Math.abs(passed);
      }
    } while (at < length);
  }

  /**
   * Passes on the datagrams at the front of a run that belong to one other worker.
   *
   * @param step length of every datagram of the run but the last
   * @return bytes of the run that are dealt with, 0 when its first datagram is our own; negative
   *     when they were dropped because the other worker has too many already
   */
  int pass(Owners owners, ByteBuffer slab, int offset, int length, int step, int ipv4, int port) {
    if (workers == 1) {
      return 0;
    }
    int to = owners.ownerOf(slab, offset, Math.min(step, length));
    if (to == worker) {
      return 0;
    }
    int bytes = Math.min(step, length);
    while (bytes < length
        && owners.ownerOf(slab, offset + bytes, Math.min(step, length - bytes)) == to) {
      bytes = Math.min(bytes + step, length);
    }
    int segmentBytes = bytes > step ? step : 0;
    boolean taken = ring(to).offer(slab, offset, bytes, segmentBytes, ipv4, port);
    passedTo[to] |= taken;
    return taken ? bytes : -bytes;
  }

  /** Ends a vector: wakes those that something was passed to. */
  void flush() {
    for (int to = 0; to < workers; to++) {
      if (passedTo[to]) {
        passedTo[to] = false;
        loops[to].nudge();
      }
    }
  }

  /** Whether nobody has passed us anything. */
  boolean isEmpty() {
    for (int from = 0; from < workers; from++) {
      DatagramRing ring = rings.get(from * workers + worker);
      if (ring != null && !ring.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Takes what others have passed until now. */
  void drain(Taker taker) {
    for (int from = 0; from < workers; from++) {
      DatagramRing ring = rings.get(from * workers + worker);
      if (ring != null) {
        ring.begin();
        while (ring.next()) {
          taker.take(
              ring.slab(),
              ring.offset(),
              ring.length(),
              ring.segmentBytes(),
              ring.ipv4(),
              ring.port());
        }
      }
    }
  }

  private DatagramRing ring(int to) {
    int place = worker * workers + to;
    DatagramRing ring = rings.get(place);
    if (ring == null) {
      // Once for a pair of workers; only we write to it.
      ring = new DatagramRing();
      rings.set(place, ring);
    }
    return ring;
  }
}
