package io.weft.sleeve;

import java.nio.ByteBuffer;

/**
 * Gathers frames into datagrams that lie one behind the other in an off-heap slab, ready to be
 * sealed in place and sent by one system call (overlay.md B.10). One lane.
 */
final class DatagramVector {
  /** What became of a frame. */
  enum Result {
    ADDED,
    /** The vector must be sent first; then the frame fits. */
    FULL,
    /** No datagram within the limit can carry the frame. */
    TOO_BIG
  }

  private final Datagrams datagrams =
      new Datagrams(
          SleeveProtocol.SEND_VECTOR,
          SleeveProtocol.SEND_SLAB_BYTES,
          SleeveProtocol.SEND_SLAB_START);
  private final int[] frames = new int[SleeveProtocol.SEND_VECTOR];
  private final int headerBytes;
  private int placed;

  DatagramVector(Sealing sealing) {
    headerBytes = sealing.headerBytes();
  }

  /** The datagrams as they are sent. */
  Datagrams datagrams() {
    return datagrams;
  }

  /** Datagrams gathered. */
  int count() {
    return datagrams.count();
  }

  /** Where datagram {@code index} starts in {@link #slab}. */
  int offset(int index) {
    return datagrams.offset(index);
  }

  /** Length of datagram {@code index}. */
  int length(int index) {
    return datagrams.length(index);
  }

  /** Frames in datagram {@code index}. */
  int frames(int index) {
    return frames[index];
  }

  ByteBuffer slab() {
    return datagrams.slab();
  }

  /**
   * Copies a frame in, behind the last one while both fit a datagram.
   *
   * @param aloneMax longest datagram when it carries only this frame
   * @param togetherMax longest datagram that is still added to
   */
  Result add(
      ByteBuffer source,
      int offset,
      int length,
      long sourcePeer,
      long destinationPeer,
      int aloneMax,
      int togetherMax) {
    Result result = place(length, sourcePeer, destinationPeer, aloneMax, togetherMax);
    if (result == Result.ADDED) {
      datagrams.slab().put(placed, source, offset, length);
    }
    return result;
  }

  /**
   * Makes room for a frame that the caller writes at {@link #placed}; otherwise as {@link #add}.
   */
  Result place(int length, long sourcePeer, long destinationPeer, int aloneMax, int togetherMax) {
    int record = SleeveProtocol.FRAME_HEADER_BYTES + length;
    if (headerBytes + record > aloneMax) {
      return Result.TOO_BIG;
    }
    int last = datagrams.count() - 1;
    boolean joins =
        last >= 0
            && datagrams.length(last) + record <= togetherMax
            && frames[last] < SleeveProtocol.MAX_FRAMES_PER_DATAGRAM;
    if (joins ? !datagrams.canExtend(record) : !datagrams.hasRoom(headerBytes + record)) {
      return Result.FULL;
    }
    int at;
    if (joins) {
      at = datagrams.extend(record);
    } else {
      last++;
      at = datagrams.begin(headerBytes + record) + headerBytes;
      frames[last] = 0;
    }
    FrameList.putHeader(datagrams.slab(), at, sourcePeer, destinationPeer, length);
    placed = at + SleeveProtocol.FRAME_HEADER_BYTES;
    frames[last]++;
    return Result.ADDED;
  }

  /** Where the frame placed last begins in {@link #slab}. */
  int placed() {
    return placed;
  }

  /** As {@link Datagrams#run}. */
  int run(int from, int longest) {
    return datagrams.run(from, longest);
  }

  /** Empties the vector. */
  void clear() {
    datagrams.clear();
  }
}
