package io.weft.sleeve;

import io.weft.linux.SendVector;
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

  private final ByteBuffer slab = ByteBuffer.allocateDirect(SleeveProtocol.SEND_SLAB_BYTES);
  private final SendVector vector = new SendVector(slab, SleeveProtocol.SEND_VECTOR);
  private final int[] offsets = new int[SleeveProtocol.SEND_VECTOR];
  private final int[] lengths = new int[SleeveProtocol.SEND_VECTOR];
  private final int[] frames = new int[SleeveProtocol.SEND_VECTOR];
  private final int headerBytes;
  private int count;
  private int used = SleeveProtocol.SEND_SLAB_START;
  private int placed;

  DatagramVector(Sealing sealing) {
    headerBytes = sealing.headerBytes();
  }

  /** Datagrams gathered. */
  int count() {
    return count;
  }

  /** Where datagram {@code index} starts in {@link #slab}. */
  int offset(int index) {
    return offsets[index];
  }

  /** Length of datagram {@code index}. */
  int length(int index) {
    return lengths[index];
  }

  /** Where datagram {@code index} ends in {@link #slab}. */
  int end(int index) {
    return offsets[index] + lengths[index];
  }

  /** Frames in datagram {@code index}. */
  int frames(int index) {
    return frames[index];
  }

  ByteBuffer slab() {
    return slab;
  }

  /** The system call's view of the slab; the sender adds each datagram to it. */
  SendVector sendVector() {
    return vector;
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
      slab.put(placed, source, offset, length);
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
    int last = count - 1;
    boolean joins =
        last >= 0
            && lengths[last] + record <= togetherMax
            && frames[last] < SleeveProtocol.MAX_FRAMES_PER_DATAGRAM;
    int needed = joins ? record : headerBytes + record;
    if (slab.capacity() - used < needed || (!joins && count == offsets.length)) {
      return Result.FULL;
    }
    if (!joins) {
      last = count++;
      offsets[last] = used;
      lengths[last] = headerBytes;
      frames[last] = 0;
      used += headerBytes;
    }
    FrameList.putHeader(slab, used, sourcePeer, destinationPeer, length);
    placed = used + SleeveProtocol.FRAME_HEADER_BYTES;
    used += record;
    lengths[last] += record;
    frames[last]++;
    return Result.ADDED;
  }

  /** Where the frame placed last begins in {@link #slab}. */
  int placed() {
    return placed;
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

  /** Empties the vector. */
  void clear() {
    count = 0;
    used = SleeveProtocol.SEND_SLAB_START;
    vector.clear();
  }
}
