package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Datagrams to be sent by one system call: regions of one direct buffer, each with a destination of
 * its own or, on a connected socket, without. Fill it, pass it to {@link UdpSocket#send(SendVector,
 * int)}, clear it. Adding and sending allocate nothing. For one thread at a time.
 */
public final class SendVector {
  private static final int CAPACITY_MAX = 1024;

  private final ByteBuffer slab;
  private final long slabAddress;
  private final MessageVector messages;
  private int count;

  /**
   * A vector over {@code slab}.
   *
   * @param slab direct buffer that all datagrams lie in; the caller writes them there
   * @param capacity most datagrams at a time, 1 to 1024
   * @throws IllegalArgumentException if the buffer is on heap or the capacity out of range
   */
  public SendVector(ByteBuffer slab, int capacity) {
    if (capacity < 1 || capacity > CAPACITY_MAX) {
      throw new IllegalArgumentException("a vector takes 1 to 1024 datagrams, not " + capacity);
    }
    this.slab = slab;
    slabAddress = LibC.address(slab);
    messages = new MessageVector(capacity, Sockaddr.INET_BYTES);
  }

  /** The buffer given at construction. */
  public ByteBuffer slab() {
    return slab;
  }

  /** Datagrams added since the last {@link #clear}. */
  public int count() {
    return count;
  }

  /** Most datagrams the vector holds. */
  public int capacity() {
    return messages.capacity();
  }

  /** Whether another datagram can be added. */
  public boolean hasRoom() {
    return count < messages.capacity();
  }

  /**
   * Adds {@code length} bytes at {@code offset} of the slab, for the peer of a connected socket.
   *
   * @throws IndexOutOfBoundsException if the vector is full or the region not inside the slab
   */
  public void add(int offset, int length) {
    place(offset, length);
    messages.setNameRoom(count, 0);
    count++;
  }

  /**
   * Adds {@code length} bytes at {@code offset} of the slab for a destination.
   *
   * @param ipv4 destination address, first octet in the highest byte
   * @param port destination port, 1 to 65535
   * @throws IndexOutOfBoundsException if the vector is full or the region not inside the slab
   */
  public void add(int offset, int length, int ipv4, int port) {
    place(offset, length);
    messages.setDestination(count, ipv4, port);
    count++;
  }

  /** Empties the vector. */
  public void clear() {
    count = 0;
  }

  private void place(int offset, int length) {
    Objects.checkFromIndexSize(offset, length, slab.capacity());
    Objects.checkIndex(count, messages.capacity());
    messages.setData(count, slabAddress + offset, length);
  }

  long messageAddress(int from) {
    return messages.address(from);
  }
}
