package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Frames of an interface that exists already, by a packet socket with virtio-net headers: those
 * that the interface receives are read, and what is written leaves by it. The interface may be one
 * end of a veth pair, whose other end is a port of a bridge.
 *
 * <p>One thread reads. It belongs to the network namespace of the thread that opened it.
 */
public final class VnetSocket implements VnetDevice {
  /** Our choice: some dozens of the longest super-frames may be on their way. */
  private static final int SEND_BUFFER_BYTES = 4 * 1024 * 1024;

  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VNET_HEADER = 15;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int PACKET_AUXILIARY = 8;
  private static final int STATISTICS_BYTES = 8;

  // struct msghdr, and behind it room for the one control message: struct tpacket_auxdata.
  private static final int VECTOR_OFFSET = 16;
  private static final int VECTOR_COUNT_OFFSET = 24;
  private static final int CONTROL_OFFSET = 32;
  private static final int CONTROL_LENGTH_OFFSET = 40;
  private static final int MESSAGE_BYTES = 56;
  private static final int CONTROL_HEADER_BYTES = 16;
  private static final int CONTROL_BYTES = CONTROL_HEADER_BYTES + 24;
  private static final int STATUS_OFFSET = MESSAGE_BYTES + CONTROL_HEADER_BYTES;
  private static final int TAG_OFFSET = STATUS_OFFSET + 16;
  private static final int TAG_TYPE_OFFSET = STATUS_OFFSET + 18;
  private static final int STATUS_TAGGED = 0x10;

  private final PacketSocket socket;
  private final String name;
  private final AtomicLong dropped = new AtomicLong();
  private final ByteBuffer message = LibC.allocate(MESSAGE_BYTES + CONTROL_BYTES);
  private final long messageAddress = LibC.address(message);
  private final ByteBuffer statistics = LibC.allocate(STATISTICS_BYTES);
  private final ByteBuffer statisticsLength = LibC.allocate(Integer.BYTES);

  private VnetSocket(PacketSocket socket, String name) {
    this.socket = socket;
    this.name = name;
  }

  /**
   * Opens an interface of the calling thread's namespace.
   *
   * @param bufferBytes what the kernel may keep of frames that are not read yet; without the right
   *     to have so much it gives less
   */
  public static VnetSocket open(Link link, int bufferBytes) throws LinuxException {
    PacketSocket socket = PacketSocket.open(link.index(), VnetSocket::prepare);
    try {
      socket.setPromiscuous(link.index());
      socket.setBufferBytes(bufferBytes, SEND_BUFFER_BYTES);
      return new VnetSocket(socket, link.name());
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  private static void prepare(Descriptor descriptor) throws LinuxException {
    option(descriptor, PACKET_VNET_HEADER, "have virtio-net headers on a packet socket");
    option(descriptor, PACKET_AUXILIARY, "be told the VLAN tags of frames");
    option(descriptor, PACKET_IGNORE_OUTGOING, "leave out frames that are sent");
  }

  private static void option(Descriptor descriptor, int option, String attempt)
      throws LinuxException {
    SocketOption.set(descriptor, SocketConstants.SOL_PACKET, option, 1, attempt);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int read(VnetFrame frame) {
    message.putLong(VECTOR_OFFSET, frame.vectorAddress());
    message.putLong(VECTOR_COUNT_OFFSET, frame.vectorCount());
    message.putLong(CONTROL_OFFSET, messageAddress + MESSAGE_BYTES);
    message.putLong(CONTROL_LENGTH_OFFSET, CONTROL_BYTES);
    message.putInt(STATUS_OFFSET, 0);
    try {
      long size = LibC.functions().recvmsg(socket.descriptor(), messageAddress, 0);
      if (size < 0) {
        int error = LibC.errno();
        return error == Errno.EAGAIN || error == Errno.EINTR ? 0 : -error;
      }
      return Math.max((int) size - VnetFrame.HEADER_BYTES, 0);
    } finally {
      Reference.reachabilityFence(frame);
    }
  }

  /**
   * The VLAN tag of the frame read last, which the kernel takes out of it: EtherType and tag as
   * they are on the wire; 0 for none.
   */
  public int lastTag() {
    boolean tagged = (message.getInt(STATUS_OFFSET) & STATUS_TAGGED) != 0;
    int type = Short.toUnsignedInt(message.getShort(TAG_TYPE_OFFSET));
    int tag = Short.toUnsignedInt(message.getShort(TAG_OFFSET));
    return tagged ? type << Short.SIZE | tag : 0;
  }

  @Override
  public int write(VnetFrame frame) {
    return VnetFrame.write(socket.descriptor(), frame);
  }

  /** Frames that came while there was no room for them, since the socket was opened. */
  public long dropped() {
    synchronized (statistics) {
      statisticsLength.putInt(0, STATISTICS_BYTES);
      try {
        int result =
            LibC.functions()
                .getsockopt(
                    socket.descriptor(),
                    SocketConstants.SOL_PACKET,
                    PACKET_STATISTICS,
                    LibC.address(statistics),
                    LibC.address(statisticsLength));
        // The kernel begins anew each time that it is asked.
        return result < 0
            ? dropped.get()
            : dropped.addAndGet(Integer.toUnsignedLong(statistics.getInt(Integer.BYTES)));
      } finally {
        Reference.reachabilityFence(statistics);
        Reference.reachabilityFence(statisticsLength);
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }

  int descriptor() {
    return socket.descriptor();
  }
}
