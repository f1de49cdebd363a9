package io.weft.linux;

import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** One client of a {@link UnixListener}. For one thread at a time, except {@link #isGone}. */
public final class UnixConnection implements AutoCloseable {
  /** A {@code struct cmsghdr}, and with the padding one descriptor. */
  private static final int CONTROL_HEADER_BYTES = 16;

  /** Room for more descriptors than are asked for: the surplus is closed, not leaked. */
  private static final int DESCRIPTORS_MAX = 16;

  private static final int CONTROL_BYTES = CONTROL_HEADER_BYTES + DESCRIPTORS_MAX * Integer.BYTES;
  private static final int MESSAGE_HEADER_BYTES = 56;
  private static final int CHUNK_BYTES = 64 << 10;

  private final Descriptor descriptor;

  UnixConnection(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Sets how long any one read or write may take. */
  public void setTimeout(Duration limit) throws LinuxException {
    for (int option : new int[] {SocketConstants.SO_RCVTIMEO, SocketConstants.SO_SNDTIMEO}) {
      ByteBuffer time = LibC.allocate(2 * Long.BYTES);
      time.putLong(limit.toSeconds()).putLong(limit.toNanosPart() / 1_000);
      int result =
          LibC.withAddress(
              time,
              pointer ->
                  LibC.functions()
                      .setsockopt(
                          descriptor.number(),
                          SocketConstants.SOL_SOCKET,
                          option,
                          pointer,
                          2 * Long.BYTES));
      LinuxException.check(result, "limit the time of a connection");
    }
  }

  /**
   * Bytes and what came with them.
   *
   * @param namespace a network namespace that the client has passed on, to be closed by whoever
   *     gets this; none if it passed on nothing or something else
   */
  public record Head(byte[] bytes, Optional<NetworkNamespace> namespace) {}

  /**
   * Reads the first bytes, which a client sends as one message.
   *
   * @throws EOFException if there are fewer
   */
  public Head readHead(int count) throws IOException {
    ByteBuffer data = LibC.allocate(count);
    ByteBuffer part = LibC.allocate(2 * Long.BYTES).putLong(LibC.address(data)).putLong(count);
    ByteBuffer control = LibC.allocate(CONTROL_BYTES);
    ByteBuffer message = LibC.allocate(MESSAGE_HEADER_BYTES);
    message.putLong(16, LibC.address(part)).putLong(24, 1);
    message.putLong(32, LibC.address(control)).putLong(40, CONTROL_BYTES);
    long received;
    try {
      received =
          LibC.functions()
              .recvmsg(
                  descriptor.number(), LibC.address(message), SocketConstants.MSG_CMSG_CLOEXEC);
    } finally {
      Reference.reachabilityFence(part);
    }
    LinuxException.check((int) received, "read a request");
    Optional<NetworkNamespace> namespace = passedOn(control, message.getLong(40));
    if (received != count) {
      namespace.ifPresent(NetworkNamespace::close);
      throw new EOFException("a request ended after " + received + " bytes");
    }
    byte[] bytes = new byte[count];
    data.get(0, bytes);
    return new Head(bytes, namespace);
  }

  private static Optional<NetworkNamespace> passedOn(ByteBuffer control, long controlBytes) {
    boolean isRights =
        controlBytes >= CONTROL_HEADER_BYTES + Integer.BYTES
            && control.getInt(8) == SocketConstants.SOL_SOCKET
            && control.getInt(12) == SocketConstants.SCM_RIGHTS;
    if (!isRights) {
      return Optional.empty();
    }
    int count = (int) (control.getLong(0) - CONTROL_HEADER_BYTES) / Integer.BYTES;
    for (int i = 1; i < Math.min(count, DESCRIPTORS_MAX); i++) {
      LibC.functions().close(control.getInt(CONTROL_HEADER_BYTES + i * Integer.BYTES));
    }
    Descriptor first = new Descriptor(control.getInt(CONTROL_HEADER_BYTES));
    try {
      return Optional.of(NetworkNamespace.ofDescriptor(first));
    } catch (IOException e) {
      first.close();
      return Optional.empty();
    }
  }

  /**
   * Reads exactly so many bytes.
   *
   * @throws EOFException if there are fewer
   * @throws LinuxException EAGAIN when they take too long
   */
  public byte[] read(int count) throws IOException {
    byte[] bytes = new byte[count];
    ByteBuffer chunk = LibC.allocate(Math.min(count, CHUNK_BYTES));
    int done = 0;
    while (done < count) {
      int wanted = Math.min(count - done, chunk.capacity());
      int got =
          LibC.withAddress(
              chunk,
              pointer -> (int) LibC.functions().recv(descriptor.number(), pointer, wanted, 0));
      LinuxException.check(got, "read a request");
      if (got == 0) {
        throw new EOFException("a request ended after " + done + " of " + count + " bytes");
      }
      chunk.get(0, bytes, done, got);
      done += got;
    }
    return bytes;
  }

  /**
   * Writes all bytes.
   *
   * @throws LinuxException EPIPE if the client has gone, EAGAIN when it takes too long
   */
  public void write(byte[] bytes) throws IOException {
    ByteBuffer chunk = LibC.allocate(Math.min(Math.max(bytes.length, 1), CHUNK_BYTES));
    int done = 0;
    while (done < bytes.length) {
      int wanted = Math.min(bytes.length - done, chunk.capacity());
      chunk.put(0, bytes, done, wanted);
      int sent =
          LibC.withAddress(
              chunk,
              pointer ->
                  (int)
                      LibC.functions()
                          .send(
                              descriptor.number(), pointer, wanted, SocketConstants.MSG_NOSIGNAL));
      done += LinuxException.check(sent, "write an answer");
    }
  }

  /** Whether the client has closed its end, or ended. Any thread, until closed. */
  public boolean isGone() {
    ByteBuffer one = LibC.allocate(1);
    int flags = SocketConstants.MSG_PEEK | SocketConstants.MSG_DONTWAIT;
    int got =
        LibC.withAddress(
            one, pointer -> (int) LibC.functions().recv(descriptor.number(), pointer, 1, flags));
    return got == 0 || (got < 0 && LibC.errno() != Errno.EAGAIN && LibC.errno() != Errno.EINTR);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
