package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Room for datagrams received by one system call: equal slots of one off-heap slab. Reused without
 * allocation. For one thread at a time.
 */
public final class ReceiveVector {
  private static final int CAPACITY_MAX = 1024;
  private static final int SLOT_BYTES_MAX = 65_535;

  private final ByteBuffer slab;
  private final int slotBytes;
  private final MessageVector messages;
  private int count;

  /** Headers that are not as a receive needs them; at first all. */
  private int used;

  /**
   * Allocates the slots.
   *
   * @param capacity most datagrams at a time, 1 to 1024
   * @param slotBytes longest datagram that fits, 1 to 65535; a longer one is cut and marked
   * @throws IllegalArgumentException if one is out of range
   */
  public ReceiveVector(int capacity, int slotBytes) {
    if (capacity < 1 || capacity > CAPACITY_MAX || slotBytes < 1 || slotBytes > SLOT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a vector has 1 to 1024 slots of 1 to 65535 bytes, not %d of %d"
              .formatted(capacity, slotBytes));
    }
    this.slotBytes = slotBytes;
    slab = ByteBuffer.allocateDirect(capacity * slotBytes);
    long slabAddress = LibC.address(slab);
    messages = new MessageVector(capacity, Sockaddr.INET_BYTES);
    used = capacity;
    for (int i = 0; i < capacity; i++) {
      messages.setData(i, slabAddress + (long) i * slotBytes, slotBytes);
    }
  }

  /** The buffer all slots lie in, big-endian; use absolute reads with {@link #offset}. */
  public ByteBuffer slab() {
    return slab;
  }

  /** Datagrams that the last receive brought. */
  public int count() {
    return count;
  }

  /** Most datagrams one receive brings. */
  public int capacity() {
    return messages.capacity();
  }

  /** Where datagram {@code index} starts in the slab. */
  public int offset(int index) {
    return index * slotBytes;
  }

  /** Length of datagram {@code index} in bytes, at most the slot size. */
  public int length(int index) {
    return messages.length(Objects.checkIndex(index, count));
  }

  /**
   * Length of the datagrams that the kernel has joined in entry {@code index}, all but the last of
   * one length; 0 when it is a single datagram. Only {@link UdpSocket#joinDatagrams} has it join.
   */
  public int segmentBytes(int index) {
    return messages.segments(Objects.checkIndex(index, count));
  }

  /** Whether datagram {@code index} was longer than its slot and lost its end. */
  public boolean truncated(int index) {
    return messages.truncated(Objects.checkIndex(index, count));
  }

  /** Source address of datagram {@code index}, first octet in the highest byte. */
  public int sourceAddress(int index) {
    return messages.sourceAddress(Objects.checkIndex(index, count));
  }

  /** Source port of datagram {@code index}. */
  public int sourcePort(int index) {
    return messages.sourcePort(Objects.checkIndex(index, count));
  }

  /** Prepares the headers that the last receive has used, and returns their address. */
  long prepare() {
    // The kernel writes into the headers of what it brings, and leaves the others alone.
    for (int i = 0; i < used; i++) {
      messages.setNameRoom(i, Sockaddr.INET_BYTES);
      messages.setControlRoom(i);
    }
    return messages.address(0);
  }

  void received(int datagrams) {
    count = datagrams;
    used = datagrams;
  }
}
