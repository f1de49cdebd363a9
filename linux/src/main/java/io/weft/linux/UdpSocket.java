package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A non-blocking IPv4 datagram socket with the options that sleeve needs (overlay.md B.1) and
 * vectored send and receive.
 *
 * <p>It belongs to the network namespace of the thread that opened it, and works from any thread.
 * One thread may send while another receives; two threads must not do the same at once. The calls
 * that datagrams pass through report errors as negative {@link Errno} numbers and allocate nothing.
 * Close it only when no thread uses it any more.
 */
public final class UdpSocket implements AutoCloseable {
  /** Whether datagrams may be fragmented on their way. */
  public enum PathMtuDiscovery {
    /** DF set; a datagram above the known path MTU is refused with EMSGSIZE. */
    DO(SocketConstants.IP_PMTUDISC_DO),
    /** DF set, whatever path MTU is known; only what the device cannot take is refused. */
    PROBE(SocketConstants.IP_PMTUDISC_PROBE),
    /** DF clear; the kernel fragments what is too long. */
    DONT(SocketConstants.IP_PMTUDISC_DONT);

    private final int value;

    PathMtuDiscovery(int value) {
      this.value = value;
    }
  }

  private static final int POLLFD_BYTES = 8;

  private final Descriptor descriptor;
  private final MessageVector addressed = new MessageVector(1, Sockaddr.INET_BYTES);
  private final ByteBuffer poll = LibC.allocate(POLLFD_BYTES);
  private final long pollPointer = LibC.address(poll);
  private final BufferAddress sendData = new BufferAddress();

  private UdpSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Opens a socket in the namespace of the calling thread. */
  public static UdpSocket open() throws LinuxException {
    int type =
        SocketConstants.SOCK_DGRAM | SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
    int number = LibC.functions().socket(SocketConstants.AF_INET, type, 0);
    return new UdpSocket(new Descriptor(LinuxException.check(number, "open a UDP socket")));
  }

  /**
   * Binds to a local address, which sockets that are bound to it later may share.
   *
   * @param address local address, {@link Ipv4Address#ANY} for all
   * @param port local port, which may be shared with earlier sockets, too; 0 for one of the
   *     kernel's choice that no socket has
   */
  public void bind(Ipv4Address address, int port) throws LinuxException {
    String attempt = "bind UDP " + address + ":" + port;
    if (port != 0) {
      allowSharing(attempt);
    }
    int result =
        LibC.withAddress(
            inet(address, port),
            pointer -> LibC.functions().bind(descriptor.number(), pointer, Sockaddr.INET_BYTES));
    LinuxException.check(result, attempt);
    if (port == 0) {
      // Not earlier: the kernel may choose a port that is in use, where both sockets allow it.
      allowSharing(attempt);
    }
  }

  private void allowSharing(String attempt) throws LinuxException {
    option(SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEADDR, 1, attempt);
  }

  /**
   * Fixes the peer: only its datagrams are received, and the kernel prefers this socket for them.
   * May be called again to change the peer.
   */
  public void connect(Ipv4Address address, int port) throws LinuxException {
    int result =
        LibC.withAddress(
            inet(address, port),
            pointer -> LibC.functions().connect(descriptor.number(), pointer, Sockaddr.INET_BYTES));
    LinuxException.check(result, "connect UDP to " + address + ":" + port);
  }

  /** Sets whether datagrams may be fragmented. */
  public void setPathMtuDiscovery(PathMtuDiscovery mode) throws LinuxException {
    option(
        SocketConstants.IPPROTO_IP,
        SocketConstants.IP_MTU_DISCOVER,
        mode.value,
        "set path MTU discovery " + mode);
  }

  /** Sends with a UDP checksum of zero, which means none (overlay.md B.1). */
  public void disableChecksum() throws LinuxException {
    option(SocketConstants.SOL_SOCKET, SocketConstants.SO_NO_CHECK, 1, "switch off UDP checksums");
  }

  /**
   * Whether the kernel cuts runs of a {@link SendVector} itself (UDP_SEGMENT, Linux 4.18); the
   * device of a path may still refuse them.
   */
  public boolean cutsRuns() throws LinuxException {
    try {
      option(SocketConstants.SOL_UDP, SocketConstants.UDP_SEGMENT, "look for UDP_SEGMENT");
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOPROTOOPT) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Lets the kernel join datagrams of one length from one source (UDP_GRO, Linux 5.0); {@link
   * ReceiveVector#segmentBytes} tells where to part them.
   *
   * @return false when the kernel cannot, and datagrams arrive one by one
   */
  public boolean joinDatagrams() throws LinuxException {
    int error = SocketOption.set(descriptor, SocketConstants.SOL_UDP, SocketConstants.UDP_GRO, 1);
    if (error != 0 && error != Errno.ENOPROTOOPT) {
      throw new LinuxException("let the kernel join datagrams", error);
    }
    return error == 0;
  }

  /**
   * Asks for a receive buffer, beyond the system's limit if the process may, else up to it.
   *
   * @param bytes size wanted, at least 1
   */
  public void setReceiveBufferBytes(int bytes) throws LinuxException {
    buffer(bytes, SocketConstants.SO_RCVBUFFORCE, SocketConstants.SO_RCVBUF);
  }

  /** Asks for a send buffer, as {@link #setReceiveBufferBytes} does for receiving. */
  public void setSendBufferBytes(int bytes) throws LinuxException {
    buffer(bytes, SocketConstants.SO_SNDBUFFORCE, SocketConstants.SO_SNDBUF);
  }

  /** Size of the receive buffer as the kernel counts it, its own overhead included. */
  public int receiveBufferBytes() throws LinuxException {
    return option(
        SocketConstants.SOL_SOCKET, SocketConstants.SO_RCVBUF, "read the receive buffer size");
  }

  /**
   * The path MTU that the kernel knows for the connected peer, in bytes with the IP header.
   *
   * @throws LinuxException ENOTCONN if the socket is not connected
   */
  public int pathMtuBytes() throws LinuxException {
    return option(SocketConstants.IPPROTO_IP, SocketConstants.IP_MTU, "read the path MTU");
  }

  /** The local address; {@link Ipv4Address#ANY} before it is bound to one. */
  public Ipv4Address localAddress() throws LinuxException {
    return new Ipv4Address(Sockaddr.inetAddress(localName(), 0));
  }

  /** The local port, 0 before the socket is bound. */
  public int localPort() throws LinuxException {
    return Sockaddr.inetPort(localName(), 0);
  }

  /**
   * Sends one datagram to the connected peer.
   *
   * @param data direct buffer; its position and limit are neither used nor changed
   * @return bytes sent, or a negative error number: EMSGSIZE above the path MTU, ECONNREFUSED for
   *     an earlier datagram that found the port closed, EAGAIN when the send buffer is full
   */
  public int send(ByteBuffer data, int offset, int length) {
    try {
      long pointer = sendData.of(data, offset, length);
      long sent = LibC.functions().send(descriptor.number(), pointer, length, 0);
      return sent < 0 ? -LibC.errno() : (int) sent;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Sends one datagram to {@code ipv4}, {@code port}; otherwise as {@link #send}. */
  public int sendTo(ByteBuffer data, int offset, int length, int ipv4, int port) {
    try {
      addressed.setData(0, sendData.of(data, offset, length), length);
      addressed.setDestination(0, ipv4, port);
      long sent = LibC.functions().sendmsg(descriptor.number(), addressed.address(0), 0);
      return sent < 0 ? -LibC.errno() : (int) sent;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Sends datagrams {@code from} and following of a vector with one system call.
   *
   * @param from index of the first datagram, below the vector's count
   * @return how many were sent (the next one met an error that the next call reports, or the buffer
   *     is full), or the negative error number of the first
   */
  public int send(SendVector vector, int from) {
    int count = vector.count() - Objects.checkIndex(from, vector.count());
    try {
      int sent =
          LibC.functions().sendmmsg(descriptor.number(), vector.messageAddress(from), count, 0);
      return sent < 0 ? -LibC.errno() : sent;
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  /**
   * Receives as many datagrams as are there and fit.
   *
   * @return how many, 0 if there is none, or a negative error number (ECONNREFUSED on a connected
   *     socket whose peer's port is closed)
   */
  public int receive(ReceiveVector vector) {
    try {
      int count =
          LibC.functions().recvmmsg(descriptor.number(), vector.prepare(), vector.capacity(), 0, 0);
      int result = count < 0 ? -LibC.errno() : count;
      vector.received(Math.max(result, 0));
      return result == -Errno.EAGAIN ? 0 : result;
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  /**
   * Waits until the send buffer has room.
   *
   * @param timeoutMillis longest wait, 0 or more
   * @return whether it has room now
   */
  public boolean awaitWritable(int timeoutMillis) {
    poll.putInt(0, descriptor.number());
    poll.putShort(4, (short) SocketConstants.POLLOUT);
    return LibC.functions().poll(pollPointer, 1, timeoutMillis) > 0;
  }

  @Override
  public void close() {
    descriptor.close();
  }

  int descriptor() {
    return descriptor.number();
  }

  private static ByteBuffer inet(Ipv4Address address, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
    }
    ByteBuffer structure = LibC.allocate(Sockaddr.INET_BYTES);
    Sockaddr.putInet(structure, 0, address.value(), port);
    return structure;
  }

  private ByteBuffer localName() throws LinuxException {
    ByteBuffer structure = LibC.allocate(Sockaddr.INET_BYTES);
    ByteBuffer length = LibC.allocate(Integer.BYTES).putInt(0, Sockaddr.INET_BYTES);
    int result =
        LibC.withAddress(
            structure,
            pointer ->
                LibC.withAddress(
                    length,
                    lengthPointer ->
                        LibC.functions().getsockname(descriptor.number(), pointer, lengthPointer)));
    LinuxException.check(result, "read the local address");
    return structure;
  }

  private void buffer(int bytes, int force, int plain) throws LinuxException {
    if (bytes < 1) {
      throw new IllegalArgumentException("a socket buffer has at least 1 byte, not " + bytes);
    }
    String attempt = "set a socket buffer of " + bytes + " bytes";
    if (SocketOption.set(descriptor, SocketConstants.SOL_SOCKET, force, bytes) != 0) {
      option(SocketConstants.SOL_SOCKET, plain, bytes, attempt);
    }
  }

  private void option(int level, int name, int value, String attempt) throws LinuxException {
    SocketOption.set(descriptor, level, name, value, attempt);
  }

  private int option(int level, int name, String attempt) throws LinuxException {
    return SocketOption.get(descriptor, level, name, attempt);
  }
}
