package io.weft.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A stream socket at a path of the file system, which only its owner may connect to. One thread
 * accepts; any thread closes.
 */
public final class UnixListener implements AutoCloseable {
  private static final int PATH_OFFSET = 2;
  private static final int PATH_BYTES = 108;
  private static final int TYPE = SocketConstants.SOCK_STREAM | SocketConstants.SOCK_CLOEXEC;

  private final Descriptor descriptor;
  private final Path path;

  private UnixListener(Descriptor descriptor, Path path) {
    this.descriptor = descriptor;
    this.path = path;
  }

  /**
   * Listens at a path. What a listener before has left there is replaced.
   *
   * @param backlog connections that may wait to be accepted
   * @throws IllegalArgumentException if the path is longer than the kernel takes
   */
  public static UnixListener open(Path path, int backlog) throws IOException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= PATH_BYTES) {
      throw new IllegalArgumentException(
          "the path of a socket has at most %d bytes: %s".formatted(PATH_BYTES - 1, path));
    }
    ByteBuffer address = LibC.allocate(PATH_OFFSET + PATH_BYTES);
    address.putShort(0, (short) SocketConstants.AF_UNIX).put(PATH_OFFSET, bytes);
    String attempted = "listen at " + path;
    int number = LibC.functions().socket(SocketConstants.AF_UNIX, TYPE, 0);
    Descriptor descriptor = new Descriptor(LinuxException.check(number, attempted));
    try {
      Files.deleteIfExists(path);
      LinuxException.check(
          LibC.withAddress(
              address, pointer -> LibC.functions().bind(number, pointer, PATH_OFFSET + PATH_BYTES)),
          attempted);
      // Nobody connects before listen, so nobody slips in before this.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      LinuxException.check(LibC.functions().listen(number, backlog), attempted);
      return new UnixListener(descriptor, path);
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /**
   * Waits for a connection.
   *
   * @throws LinuxException also when the listener is closed meanwhile, see {@link #isClosed}
   */
  public UnixConnection accept() throws LinuxException {
    int number = LibC.functions().accept4(descriptor.number(), 0, 0, SocketConstants.SOCK_CLOEXEC);
    return new UnixConnection(
        new Descriptor(LinuxException.check(number, "accept a connection at " + path)));
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return descriptor.number() < 0;
  }

  /** Stops listening and removes the path. */
  @Override
  public void close() {
    // Closing alone would not wake the thread that accepts.
    LibC.functions().shutdown(descriptor.number(), SocketConstants.SHUT_RD);
    descriptor.close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      System.getLogger(UnixListener.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot remove " + path, e);
    }
  }
}
