package io.weft.linux;

import java.nio.ByteBuffer;

/**
 * An array of {@code mmsghdr} with one {@code iovec} and one {@code sockaddr_in} each, and room for
 * one control message with the length of segments, laid out once and then reused: what sendmmsg and
 * recvmmsg read and write.
 */
final class MessageVector {
  private static final int HEADER_BYTES = 64;
  private static final int NAME_LENGTH_OFFSET = 8;
  private static final int IOVEC_OFFSET = 16;
  private static final int IOVEC_COUNT_OFFSET = 24;
  private static final int CONTROL_OFFSET = 32;
  private static final int CONTROL_LENGTH_OFFSET = 40;
  private static final int FLAGS_OFFSET = 48;
  private static final int LENGTH_OFFSET = 56;
  private static final int IOVEC_BYTES = 16;

  // struct cmsghdr: length 8, level 4, type 4; then the value, padded to 8.
  private static final int CONTROL_BYTES = 24;
  private static final int CONTROL_LEVEL_OFFSET = 8;
  private static final int CONTROL_TYPE_OFFSET = 12;
  private static final int CONTROL_VALUE_OFFSET = 16;

  private final ByteBuffer headers;
  private final ByteBuffer iovecs;
  private final ByteBuffer addresses;
  private final ByteBuffer controls;
  private final int addressBytes;
  private final long headersAddress;
  private final int capacity;

  MessageVector(int capacity, int addressBytes) {
    this.capacity = capacity;
    this.addressBytes = addressBytes;
    headers = LibC.allocate(capacity * HEADER_BYTES);
    iovecs = LibC.allocate(capacity * IOVEC_BYTES);
    addresses = LibC.allocate(capacity * addressBytes);
    controls = LibC.allocate(capacity * CONTROL_BYTES);
    headersAddress = LibC.address(headers);
    long iovecsAddress = LibC.address(iovecs);
    long addressesAddress = LibC.address(addresses);
    long controlsAddress = LibC.address(controls);
    for (int i = 0; i < capacity; i++) {
      int header = i * HEADER_BYTES;
      headers.putLong(header, addressesAddress + (long) i * addressBytes);
      headers.putLong(header + IOVEC_OFFSET, iovecsAddress + (long) i * IOVEC_BYTES);
      headers.putLong(header + IOVEC_COUNT_OFFSET, 1);
      headers.putLong(header + CONTROL_OFFSET, controlsAddress + (long) i * CONTROL_BYTES);
    }
  }

  int capacity() {
    return capacity;
  }

  long address(int index) {
    return headersAddress + (long) index * HEADER_BYTES;
  }

  void setData(int index, long address, int length) {
    iovecs.putLong(index * IOVEC_BYTES, address);
    iovecs.putLong(index * IOVEC_BYTES + 8, length);
  }

  void setDestination(int index, int ipv4, int port) {
    Sockaddr.putInet(addresses, index * addressBytes, ipv4, port);
    setNameRoom(index, addressBytes);
  }

  /** Bytes of the address structure: its room before a receive, 0 on a connected socket. */
  void setNameRoom(int index, int bytes) {
    headers.putInt(index * HEADER_BYTES + NAME_LENGTH_OFFSET, bytes);
  }

  /** Has the kernel cut the data into datagrams of {@code segmentBytes}; 0 for one datagram. */
  void setSegments(int index, int segmentBytes) {
    int control = index * CONTROL_BYTES;
    headers.putLong(
        index * HEADER_BYTES + CONTROL_LENGTH_OFFSET, segmentBytes == 0 ? 0 : CONTROL_BYTES);
    if (segmentBytes != 0) {
      controls.putLong(control, CONTROL_VALUE_OFFSET + Short.BYTES);
      controls.putInt(control + CONTROL_LEVEL_OFFSET, SocketConstants.SOL_UDP);
      controls.putInt(control + CONTROL_TYPE_OFFSET, SocketConstants.UDP_SEGMENT);
      controls.putShort(control + CONTROL_VALUE_OFFSET, (short) segmentBytes);
    }
  }

  /** Makes room for a control message; the kernel replaces this by what it has written. */
  void setControlRoom(int index) {
    headers.putLong(index * HEADER_BYTES + CONTROL_LENGTH_OFFSET, CONTROL_BYTES);
  }

  /** Length of the datagrams that the kernel has joined, 0 when it is one datagram. */
  int segments(int index) {
    int control = index * CONTROL_BYTES;
    boolean joined =
        headers.getLong(index * HEADER_BYTES + CONTROL_LENGTH_OFFSET)
                >= CONTROL_VALUE_OFFSET + Integer.BYTES
            && controls.getInt(control + CONTROL_LEVEL_OFFSET) == SocketConstants.SOL_UDP
            && controls.getInt(control + CONTROL_TYPE_OFFSET) == SocketConstants.UDP_GRO;
    return joined ? controls.getInt(control + CONTROL_VALUE_OFFSET) : 0;
  }

  int length(int index) {
    return headers.getInt(index * HEADER_BYTES + LENGTH_OFFSET);
  }

  boolean truncated(int index) {
    return (headers.getInt(index * HEADER_BYTES + FLAGS_OFFSET) & SocketConstants.MSG_TRUNC) != 0;
  }

  ByteBuffer addresses() {
    return addresses;
  }

  int sourceAddress(int index) {
    return Sockaddr.inetAddress(addresses, index * addressBytes);
  }

  int sourcePort(int index) {
    return Sockaddr.inetPort(addresses, index * addressBytes);
  }
}
