package io.weft.router.state;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The steps of a durable write, one by one, so that a test can stop between any two of them. */
interface Disk {
  /**
   * What was read of a file.
   *
   * @param bytes all of it, zero where it could not be read
   * @param unreadable why some could not; null when all could
   */
  record Content(byte[] bytes, @Nullable IOException unreadable) {}

  /**
   * The whole file, or null when there is none.
   *
   * @throws IOException when nothing of it can be read, or it is longer than {@code maxBytes}
   */
  @Nullable Content read(Path file, int maxBytes) throws IOException;

  /** Creates the file or cuts it to nothing, then writes the bytes. */
  void write(Path file, byte[] content) throws IOException;

  /** Waits until the file's content is on the disk. */
  void sync(Path file) throws IOException;

  /**
   * What shows by being another that somebody else has changed, exchanged or linked the file; null
   * when there is none.
   */
  @Nullable Object mark(Path file) throws IOException;

  /**
   * Writes into a file that is there, within its length, and waits until that is on the disk. When
   * it ends early, any part of the bytes may have been written and nothing else has changed.
   *
   * @throws NoSuchFileException when it is not there
   */
  void overwrite(Path file, long offset, byte[] bytes) throws IOException;

  /** Puts a file in the place of another in one step. */
  void replace(Path source, Path target) throws IOException;

  /** Waits until the folder's names are on the disk. */
  void syncFolder(Path folder) throws IOException;
}
