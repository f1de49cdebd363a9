package io.weft.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A file or folder that is held and not opened ({@code O_PATH}): no device wakes up and no FIFO
 * waits, and what was looked at stays the same while others put something else in its place. For
 * file trees that somebody else writes to. Any thread.
 */
public final class PathHandle implements AutoCloseable {
  private static final int O_PATH = 0x20_0000;

  /** ARM and POWER have a number of their own. */
  private static final int O_NOFOLLOW =
      switch (System.getProperty("os.arch", "")) {
        case "aarch64", "arm", "ppc64", "ppc64le" -> 0x8000;
        default -> 0x2_0000;
      };

  private final Descriptor descriptor;
  private final String description;

  private PathHandle(Descriptor descriptor, String description) {
    this.descriptor = descriptor;
    this.description = description;
  }

  /**
   * What {@code path} leads to; links in it are followed.
   *
   * @throws LinuxException ENOENT if there is nothing
   */
  public static PathHandle of(Path path) throws LinuxException {
    return open(path, 0, path.toString());
  }

  /**
   * What a folder has under a name. A link is held itself, wherever it leads.
   *
   * @throws IllegalArgumentException if it is a path and no name
   * @throws LinuxException ENOENT if there is nothing, ENOTDIR if this is no folder
   */
  public PathHandle child(String name) throws LinuxException {
    if (name.isEmpty() || name.contains("/") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("not a name in a folder: " + name);
    }
    return open(path().resolve(name), O_NOFOLLOW, description + "/" + name);
  }

  private static PathHandle open(Path path, int flags, String description) throws LinuxException {
    int number =
        LibC.functions().open(path.toString(), O_PATH | flags | SocketConstants.SOCK_CLOEXEC);
    return new PathHandle(
        new Descriptor(LinuxException.check(number, "reach " + description)), description);
  }

  /** Leads to what is held, by whatever name it goes now; of use until this is closed. */
  public Path path() {
    return Path.of("/proc/self/fd/" + descriptor.number());
  }

  /** What the kernel says of it. */
  public BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(path(), BasicFileAttributes.class);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return description;
  }
}
