package io.weft.gossip.overlay;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A reusable vector of Ethernet frames in one off-heap slab: filled, handed over, cleared. Holds at
 * most {@link #capacity()} frames. Owned by one lane.
 */
public final class FrameBatch {
  /** Longest frame accepted, in bytes. */
  public static final int MAX_FRAME_BYTES = 65_535;

  private final ByteBuffer slab;
  private final int[] offsets;
  private final int[] lengths;
  private final long[] offloads;
  private final long[] sourcePeers;
  private final long[] destinationPeers;
  private int count;
  private int used;

  /** Room for {@code frames} frames of {@code slabBytes} in all. */
  public FrameBatch(int frames, int slabBytes) {
    if (frames < 1 || slabBytes < MAX_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "a batch takes at least 1 frame and 65535 bytes, not %d and %d"
              .formatted(frames, slabBytes));
    }
    slab = ByteBuffer.allocateDirect(slabBytes).order(ByteOrder.BIG_ENDIAN);
    offsets = new int[frames];
    lengths = new int[frames];
    offloads = new long[frames];
    sourcePeers = new long[frames];
    destinationPeers = new long[frames];
  }

  /** Frames in the batch. */
  public int count() {
    return count;
  }

  /** Most frames the batch holds. */
  public int capacity() {
    return offsets.length;
  }

  /** The slab all frames lie in; use absolute reads with {@link #offset}. */
  public ByteBuffer slab() {
    return slab;
  }

  /** Where frame {@code index} starts in the slab. */
  public int offset(int index) {
    return offsets[index];
  }

  /** Length of frame {@code index} in bytes. */
  public int length(int index) {
    return lengths[index];
  }

  /** What is left to do to frame {@code index}, as {@link Offload} packs it. */
  public long offload(int index) {
    return offloads[index];
  }

  /** Value of the name of the peer that captured frame {@code index}; 0 for local captures. */
  public long sourcePeer(int index) {
    return sourcePeers[index];
  }

  /** Value of the name of the peer that frame {@code index} is meant for; 0 for local captures. */
  public long destinationPeer(int index) {
    return destinationPeers[index];
  }

  /** Whether one more frame of {@code length} bytes fits. */
  public boolean hasRoom(int length) {
    return count < offsets.length && slab.capacity() - used >= length;
  }

  /** Copies an ordinary frame in. The caller has checked {@link #hasRoom}. */
  public void add(byte[] source, int offset, int length, long sourcePeer, long destinationPeer) {
    slab.put(used, source, offset, length);
    append(length, Offload.NONE, sourcePeer, destinationPeer);
  }

  /** Copies an ordinary frame in. The caller has checked {@link #hasRoom}. */
  public void add(ByteBuffer source, int offset, int length, long sourcePeer, long destPeer) {
    add(source, offset, length, Offload.NONE, sourcePeer, destPeer);
  }

  /** Copies a frame in. The caller has checked {@link #hasRoom}. */
  public void add(
      ByteBuffer source, int offset, int length, long offload, long sourcePeer, long destPeer) {
    slab.put(used, source, offset, length);
    append(length, offload, sourcePeer, destPeer);
  }

  /** Where the next frame will begin: a reader may fill it in place and then {@link #append}. */
  public int nextOffset() {
    return used;
  }

  /** Adds the frame that lies at {@link #nextOffset}. The caller has checked {@link #hasRoom}. */
  public void append(int length, long offload, long sourcePeer, long destinationPeer) {
    offsets[count] = used;
    lengths[count] = length;
    offloads[count] = offload;
    sourcePeers[count] = sourcePeer;
    destinationPeers[count] = destinationPeer;
    count++;
    used += length;
  }

  /** Says that nothing is left to do to frame {@code index}: its checksum has been filled in. */
  public void complete(int index) {
    offloads[index] = Offload.NONE;
  }

  /** Empties the batch. */
  public void clear() {
    count = 0;
    used = 0;
  }
}
