package io.weft.linux;

import java.nio.ByteBuffer;

/**
 * An array of {@code mmsghdr} with one {@code iovec} and one {@code sockaddr_in} each, laid out
 * once and then reused: what sendmmsg and recvmmsg read and write.
 */
final class MessageVector {
  private static final int HEADER_BYTES = 64;
  private static final int NAME_LENGTH_OFFSET = 8;
  private static final int IOVEC_OFFSET = 16;
  private static final int IOVEC_COUNT_OFFSET = 24;
  private static final int FLAGS_OFFSET = 48;
  private static final int LENGTH_OFFSET = 56;
  private static final int IOVEC_BYTES = 16;

  private final ByteBuffer headers;
  private final ByteBuffer iovecs;
  private final ByteBuffer addresses;
  private final int addressBytes;
  private final long headersAddress;
  private final int capacity;

  MessageVector(int capacity, int addressBytes) {
    this.capacity = capacity;
    this.addressBytes = addressBytes;
    headers = LibC.allocate(capacity * HEADER_BYTES);
    iovecs = LibC.allocate(capacity * IOVEC_BYTES);
    addresses = LibC.allocate(capacity * addressBytes);
    headersAddress = LibC.address(headers);
    long iovecsAddress = LibC.address(iovecs);
    long addressesAddress = LibC.address(addresses);
    for (int i = 0; i < capacity; i++) {
      int header = i * HEADER_BYTES;
      headers.putLong(header, addressesAddress + (long) i * addressBytes);
      headers.putLong(header + IOVEC_OFFSET, iovecsAddress + (long) i * IOVEC_BYTES);
      headers.putLong(header + IOVEC_COUNT_OFFSET, 1);
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
