package io.weft.sleeve;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who uses a descriptor right now. Its number must not be closed while a system call may still be
 * about to use it, so the last user closes it: users take a share for the length of a call.
 * Lock-free; any thread.
 */
final class Shares {
  private static final int CLOSING = 1 << 31;

  private final Runnable closing;
  private final AtomicInteger users = new AtomicInteger();

  /**
   * No shares yet.
   *
   * @param closing run once, by whoever comes last
   */
  Shares(Runnable closing) {
    this.closing = closing;
  }

  /** Takes a share; false when what is shared is being closed. */
  boolean acquire() {
    if (users.incrementAndGet() > 0) {
      return true;
    }
    release();
    return false;
  }

  /** Gives a share back. */
  void release() {
    if (users.decrementAndGet() == CLOSING) {
      closing.run();
    }
  }

  /** Closes once nobody has a share; harmless when repeated. */
  void close() {
    int before = users.getAndUpdate(count -> count | CLOSING);
    if (before == 0) {
      closing.run();
    }
  }
}
