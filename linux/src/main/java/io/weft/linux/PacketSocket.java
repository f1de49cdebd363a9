package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A non-blocking socket that sends and receives whole Ethernet frames on one interface.
 *
 * <p>One thread may send while another receives; two threads must not do the same at once. Sending
 * and receiving allocate nothing and report errors as negative {@link Errno} numbers.
 */
public final class PacketSocket implements AutoCloseable {
  /** Protocol that takes frames of every EtherType. */
  public static final int ALL_PROTOCOLS = SocketConstants.ETH_P_ALL;

  private static final int MEMBERSHIP_BYTES = 16;
  private static final int MEMBERSHIP_TYPE_OFFSET = 4;

  private final Descriptor descriptor;
  private final BufferAddress sendData = new BufferAddress();
  private final BufferAddress receiveData = new BufferAddress();
  private final MessageVector received = new MessageVector(1, Sockaddr.PACKET_BYTES);

  private PacketSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Opens a socket on an interface of the calling thread's namespace.
   *
   * @param linkIndex index of the interface
   * @param protocol EtherType to receive, or {@link #ALL_PROTOCOLS}
   */
  public static PacketSocket open(int linkIndex, int protocol) throws LinuxException {
    return open(linkIndex, protocol, descriptor -> {});
  }

  /** What is to be set before frames come. */
  @FunctionalInterface
  interface Preparation {
    void of(Descriptor descriptor) throws LinuxException;
  }

  /** For frames of every EtherType, prepared before any comes. */
  static PacketSocket open(int linkIndex, Preparation preparation) throws LinuxException {
    return open(linkIndex, ALL_PROTOCOLS, preparation);
  }

  private static PacketSocket open(int linkIndex, int protocol, Preparation preparation)
      throws LinuxException {
    int type =
        SocketConstants.SOCK_RAW | SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;
    // Protocol 0 until it is bound: no frame of another interface can slip in before.
    int number = LibC.functions().socket(SocketConstants.AF_PACKET, type, 0);
    PacketSocket socket =
        new PacketSocket(new Descriptor(LinuxException.check(number, "open a packet socket")));
    ByteBuffer address = LibC.allocate(Sockaddr.PACKET_BYTES);
    Sockaddr.putPacket(address, protocol, linkIndex);
    try {
      preparation.of(socket.descriptor);
      int bound =
          LibC.withAddress(
              address, pointer -> LibC.functions().bind(number, pointer, Sockaddr.PACKET_BYTES));
      LinuxException.check(bound, "bind a packet socket to interface " + linkIndex);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  /**
   * Has the interface take frames for every address while this socket is open.
   *
   * @param linkIndex the interface the socket is bound to
   */
  public void setPromiscuous(int linkIndex) throws LinuxException {
    ByteBuffer membership = LibC.allocate(MEMBERSHIP_BYTES);
    membership.putInt(0, linkIndex);
    membership.putShort(MEMBERSHIP_TYPE_OFFSET, (short) SocketConstants.PACKET_MR_PROMISC);
    int result =
        LibC.withAddress(
            membership,
            pointer ->
                LibC.functions()
                    .setsockopt(
                        descriptor.number(),
                        SocketConstants.SOL_PACKET,
                        SocketConstants.PACKET_ADD_MEMBERSHIP,
                        pointer,
                        MEMBERSHIP_BYTES));
    LinuxException.check(result, "make interface " + linkIndex + " promiscuous");
  }

  /** Asks for buffers, which the kernel may cap without the right to have so much. */
  void setBufferBytes(int receive, int send) throws LinuxException {
    setBuffer(SocketConstants.SO_RCVBUFFORCE, SocketConstants.SO_RCVBUF, receive);
    setBuffer(SocketConstants.SO_SNDBUFFORCE, SocketConstants.SO_SNDBUF, send);
  }

  private void setBuffer(int byForce, int option, int bytes) throws LinuxException {
    int level = SocketConstants.SOL_SOCKET;
    if (SocketOption.set(descriptor, level, byForce, bytes) != 0) {
      SocketOption.set(descriptor, level, option, bytes, "set a buffer of a packet socket");
    }
  }

  /**
   * Sends a frame.
   *
   * @param data direct buffer; its position and limit are neither used nor changed
   * @return bytes sent, or a negative error number
   */
  public int send(ByteBuffer data, int offset, int length) {
    long pointer = sendData.of(data, offset, length);
    try {
      long sent = LibC.functions().send(descriptor.number(), pointer, length, 0);
      return sent < 0 ? -LibC.errno() : (int) sent;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Receives a frame if one is there.
   *
   * @param data direct buffer; its position and limit are neither used nor changed
   * @param length room for the frame, which loses its end if it is longer
   * @return length of the frame as it was before a loss, 0 if there is none, or a negative error
   *     number
   */
  public int receive(ByteBuffer data, int offset, int length) {
    try {
      received.setData(0, receiveData.of(data, offset, length), length);
      received.setNameRoom(0, Sockaddr.PACKET_BYTES);
      long size =
          LibC.functions()
              .recvmsg(descriptor.number(), received.address(0), SocketConstants.MSG_TRUNC);
      int result = size < 0 ? -LibC.errno() : (int) size;
      return result == -Errno.EAGAIN ? 0 : result;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Whether the frame received last was one that this host sent on the interface. */
  public boolean lastWasOutgoing() {
    return Sockaddr.packetType(received.addresses()) == SocketConstants.PACKET_OUTGOING;
  }

  @Override
  public void close() {
    descriptor.close();
  }

  int descriptor() {
    return descriptor.number();
  }
}
