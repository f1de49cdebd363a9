package io.weft.router.state;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a file of which some blocks may be unreadable, as after a write that lost its power. */
final class BlockReader {
  private BlockReader() {}

  /** Reads into a buffer from a place in a file, as {@code FileChannel} does. */
  @FunctionalInterface
  interface Source {
    int read(ByteBuffer into, long from) throws IOException;
  }

  /**
   * Reads all of it; blocks that cannot be read are zero.
   *
   * @throws IOException when not even one can be read
   */
  static Disk.Content read(Source source, int length) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(length);
    IOException unreadable = null;
    int readable = 0;
    int ends = length;
    for (int at = 0; at < ends; at += StateSlots.BLOCK_BYTES) {
      content.limit(Math.min(length, at + StateSlots.BLOCK_BYTES)).position(at);
      try {
        int filled = fill(source, content);
        readable++;
        ends = filled < content.limit() ? filled : ends;
      } catch (IOException e) {
        unreadable = e;
      }
    }
    if (unreadable != null && readable == 0) {
      throw unreadable;
    }
    byte[] bytes = new byte[ends];
    content.clear().get(bytes);
    return new Disk.Content(bytes, unreadable);
  }

  /** Fills up to the limit or the end of the file; answers where it came to. */
  private static int fill(Source source, ByteBuffer content) throws IOException {
    while (content.hasRemaining()) {
      if (source.read(content, content.position()) < 0) {
        break;
      }
    }
    return content.position();
  }
}
