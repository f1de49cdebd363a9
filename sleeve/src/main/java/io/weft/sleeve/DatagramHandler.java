package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Takes the datagrams of another overlay that shares the UDP port: those that no peer's name can
 * begin. One for each worker, on its thread.
 */
public interface DatagramHandler {
  /** Makes the handler of each worker. */
  interface Factory {
    /** For the worker that {@code handOver} belongs to. */
    DatagramHandler of(HandOver handOver);
  }

  /** Whether what starts at {@code offset}, at least three bytes, is of this overlay. */
  boolean isOurs(ByteBuffer slab, int offset);

  /**
   * Takes datagrams from one source that lie one behind the other.
   *
   * @param slab big-endian; valid only during the call
   * @param segmentBytes length of every datagram but the last, which may be shorter; 0 for a single
   *     one
   */
  void datagrams(ByteBuffer slab, int offset, int length, int segmentBytes, int ipv4, int port);

  /** No more datagrams for now: hands over what was gathered from them. */
  void endOfVector();
}
