package io.weft.router.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** A disk with one file, some blocks of which cannot be read. */
final class BadBlocks implements Disk {
  private final byte[] file;
  private final int[] bad;

  BadBlocks(byte[] file, int... bad) {
    this.file = file.clone();
    this.bad = bad.clone();
  }

  @Override
  public Content read(Path path, int maxBytes) throws IOException {
    return BlockReader.read(this::read, file.length);
  }

  private int read(ByteBuffer into, long from) throws IOException {
    int block = (int) from / StateSlots.BLOCK_BYTES;
    if (Arrays.stream(bad).anyMatch(each -> each == block)) {
      throw new IOException("Input/output error");
    }
    int length = Math.min(into.remaining(), file.length - (int) from);
    into.put(file, (int) from, length);
    return length == 0 ? -1 : length;
  }

  @Override
  public Object mark(Path path) {
    return file;
  }

  @Override
  public void write(Path path, byte[] content) {
    throw new AssertionError("it is only read");
  }

  @Override
  public void sync(Path path) {
    throw new AssertionError("it is only read");
  }

  @Override
  public void overwrite(Path path, long offset, byte[] bytes) {
    throw new AssertionError("it is only read");
  }

  @Override
  public void replace(Path source, Path target) {
    throw new AssertionError("it is only read");
  }

  @Override
  public void syncFolder(Path folder) {
    throw new AssertionError("it is only read");
  }
}
