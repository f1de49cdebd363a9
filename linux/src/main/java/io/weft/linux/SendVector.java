package io.weft.linux;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Datagrams to be sent by one system call: regions of one direct buffer, each with a destination of
 * its own or, on a connected socket, without. Fill it, pass it to {@link UdpSocket#send(SendVector,
 * int)}, clear it. Adding and sending allocate nothing. For one thread at a time.
 *
 * <p>An entry may be a run of datagrams that lie one behind the other, all of one length but the
 * last, which may be shorter: the kernel cuts it (UDP_SEGMENT). It must not be longer than {@link
 * #RUN_BYTES_MAX} nor have more than {@link #RUN_DATAGRAMS_MAX} datagrams. The kernel refuses a run
 * with EINVAL when a datagram exceeds the path MTU or the socket sends without checksums, and with
 * EIO when the device computes none.
 */
public final class SendVector {
  /** Longest run, in bytes: what one UDP datagram over IPv4 could hold. */
  public static final int RUN_BYTES_MAX = 65_507;

  /** Most datagrams in a run: what every kernel with UDP_SEGMENT takes. */
  public static final int RUN_DATAGRAMS_MAX = 64;

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
    addRun(offset, length, 0);
  }

  /**
   * Adds a run of datagrams for the peer of a connected socket.
   *
   * @param segmentBytes length of every datagram but the last, 1 to 65507; 0 for a single datagram
   * @throws IndexOutOfBoundsException if the vector is full or the region not inside the slab
   */
  public void addRun(int offset, int length, int segmentBytes) {
    place(offset, length, segmentBytes);
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
    addRun(offset, length, 0, ipv4, port);
  }

  /** Adds a run of datagrams for a destination; otherwise as the other ones. */
  public void addRun(int offset, int length, int segmentBytes, int ipv4, int port) {
    place(offset, length, segmentBytes);
    messages.setDestination(count, ipv4, port);
    count++;
  }

  /** Empties the vector. */
  public void clear() {
    count = 0;
  }

  private void place(int offset, int length, int segmentBytes) {
    Objects.checkFromIndexSize(offset, length, slab.capacity());
    Objects.checkIndex(count, messages.capacity());
    Objects.checkIndex(segmentBytes, RUN_BYTES_MAX + 1);
    messages.setData(count, slabAddress + offset, length);
    messages.setSegments(count, segmentBytes);
  }

  long messageAddress(int from) {
    return messages.address(from);
  }
}
