package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One netlink socket: sends a request, waits for its acknowledgement and reads what comes before
 * it. Requests of several threads take turns.
 */
final class NetlinkChannel implements AutoCloseable {
  private static final int RECEIVE_BYTES = 256 * 1024;
  private static final long TIMEOUT_SECONDS = 10;
  private static final int TIMEVAL_BYTES = 16;
  private static final int DUMP_ATTEMPTS_MAX = 10;
  private static final int HEADER_BYTES = NetlinkRequest.HEADER_BYTES;
  private static final int ALIGNMENT = 4;

  private final Descriptor descriptor;
  private final ByteBuffer received = LibC.allocate(RECEIVE_BYTES);
  private int sequence;

  private NetlinkChannel(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes one message of an answer, between two positions of a buffer that is reused afterwards.
   */
  @FunctionalInterface
  interface MessageReader {
    void read(int type, ByteBuffer buffer, int from, int to);
  }

  /** What {@link #dump} calls before each attempt: earlier results no longer count. */
  interface DumpReader extends MessageReader {
    void restart();
  }

  /** Opens the channel of links, addresses and routes. */
  static NetlinkChannel open() throws LinuxException {
    return open(Rtnetlink.NETLINK_ROUTE);
  }

  /** Opens a socket of one of netlink's protocols. */
  static NetlinkChannel open(int protocol) throws LinuxException {
    int type = SocketConstants.SOCK_RAW | SocketConstants.SOCK_CLOEXEC;
    int number = LibC.functions().socket(SocketConstants.AF_NETLINK, type, protocol);
    Descriptor descriptor = new Descriptor(LinuxException.check(number, "open a netlink socket"));
    try {
      // Kernels from 4.12 on explain their refusals; older ones do without.
      SocketOption.set(descriptor, Rtnetlink.SOL_NETLINK, Rtnetlink.NETLINK_EXT_ACK, 1);
      SocketOption.set(descriptor, Rtnetlink.SOL_NETLINK, Rtnetlink.NETLINK_CAP_ACK, 1);
      setTimeout(descriptor);
      return new NetlinkChannel(descriptor);
    } catch (LinuxException e) {
      descriptor.close();
      throw e;
    }
  }

  /** Makes a change. */
  void request(NetlinkRequest request, String attempted) throws IOException {
    exchange(request, Rtnetlink.NLM_F_ACK, attempted, (type, buffer, from, to) -> {});
  }

  /** Asks for one object. */
  void query(NetlinkRequest request, String attempted, MessageReader reader) throws IOException {
    exchange(request, Rtnetlink.NLM_F_ACK, attempted, reader);
  }

  /** Asks for all objects, again as long as the kernel says that they changed meanwhile. */
  void dump(NetlinkRequest request, String attempted, DumpReader reader) throws IOException {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS_MAX; attempt++) {
      reader.restart();
      if (exchange(request, Rtnetlink.NLM_F_DUMP, attempted, reader)) {
        return;
      }
    }
    throw new LinuxException(attempted, Errno.EBUSY, "it kept changing while it was read");
  }

  @Override
  public void close() {
    descriptor.close();
  }

  /** Returns false if a dump was interrupted by a change. */
  private synchronized boolean exchange(
      NetlinkRequest request, int flags, String attempted, MessageReader reader)
      throws IOException {
    sequence++;
    send(request.encode(flags, sequence), attempted);
    boolean consistent = true;
    while (true) {
      int length = receive(attempted);
      int position = 0;
      while (length - position >= HEADER_BYTES) {
        int messageLength = received.getInt(position);
        if (messageLength < HEADER_BYTES || messageLength > length - position) {
          throw new IOException("cannot " + attempted + ": malformed answer of the kernel");
        }
        int type = Short.toUnsignedInt(received.getShort(position + 4));
        int messageFlags = Short.toUnsignedInt(received.getShort(position + 6));
        // Answers to a request that was given up may still come; they are not ours.
        if (received.getInt(position + 8) == sequence) {
          consistent &= (messageFlags & Rtnetlink.NLM_F_DUMP_INTR) == 0;
          int from = position + HEADER_BYTES;
          int to = position + messageLength;
          if (type == Rtnetlink.NLMSG_ERROR || type == Rtnetlink.NLMSG_DONE) {
            acknowledge(type, messageFlags, from, to, attempted);
            return consistent;
          }
          reader.read(type, received, from, to);
        }
        position += (messageLength + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      }
    }
  }

  private void acknowledge(int type, int flags, int from, int to, String attempted)
      throws LinuxException {
    int error = to - from < Integer.BYTES ? 0 : -received.getInt(from);
    if (error <= 0) {
      return;
    }
    String text = "";
    if ((flags & Rtnetlink.NLM_F_ACK_TLVS) != 0) {
      int attributes = from + Integer.BYTES;
      if (type == Rtnetlink.NLMSG_ERROR && to - attributes >= HEADER_BYTES) {
        boolean capped = (flags & Rtnetlink.NLM_F_CAPPED) != 0;
        int request = capped ? HEADER_BYTES : received.getInt(attributes);
        boolean plausible = request >= HEADER_BYTES && request <= to - attributes;
        attributes =
            plausible ? attributes + (request + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : to;
      }
      text = new NetlinkAttributes(received, attributes, to).text(Rtnetlink.NLMSGERR_ATTR_MSG);
    }
    throw new LinuxException(attempted, error, text);
  }

  private void send(ByteBuffer message, String attempted) throws LinuxException {
    int result =
        LibC.withAddress(
            message,
            pointer ->
                (int) LibC.functions().send(descriptor.number(), pointer, message.getInt(0), 0));
    LinuxException.check(result, attempted);
  }

  private int receive(String attempted) throws IOException {
    int length =
        LibC.withAddress(
            received,
            pointer ->
                (int)
                    LibC.functions()
                        .recv(
                            descriptor.number(),
                            pointer,
                            RECEIVE_BYTES,
                            SocketConstants.MSG_TRUNC));
    LinuxException.check(length, attempted + " (no answer)");
    if (length > RECEIVE_BYTES) {
      throw new IOException("cannot " + attempted + ": the answer has " + length + " bytes");
    }
    return length;
  }

  private static void setTimeout(Descriptor descriptor) throws LinuxException {
    ByteBuffer time = LibC.allocate(TIMEVAL_BYTES).putLong(0, TIMEOUT_SECONDS);
    int result =
        LibC.withAddress(
            time,
            pointer ->
                LibC.functions()
                    .setsockopt(
                        descriptor.number(),
                        SocketConstants.SOL_SOCKET,
                        SocketConstants.SO_RCVTIMEO,
                        pointer,
                        TIMEVAL_BYTES));
    LinuxException.check(result, "limit the wait for netlink answers");
  }
}
