package io.weft.linux;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that is closed once. After that its number reads as -1, so that a late user
 * gets EBADF and not someone else's file.
 */
final class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;

  Descriptor(int number) {
    this.number = new AtomicInteger(number);
  }

  int number() {
    return number.get();
  }

  @Override
  public void close() {
    int last = number.getAndSet(CLOSED);
    if (last != CLOSED) {
      LibC.functions().close(last);
    }
  }
}
