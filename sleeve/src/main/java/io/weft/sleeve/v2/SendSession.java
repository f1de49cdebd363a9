package io.weft.sleeve.v2;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What this end seals with during one epoch. Any lane. */
final class SendSession {
  private final int epoch;
  private final int index;
  private final @Nullable SealingKey key;
  private final AtomicLong counter;

  /**
   * A session that has sent nothing.
   *
   * @param index chosen by the receiver, 24 bits
   * @param key null on a connection that is not encrypted
   * @param firstCounter 0, but for tests
   */
  SendSession(int epoch, int index, @Nullable SealingKey key, long firstCounter) {
    this.epoch = epoch;
    this.index = index;
    this.key = key;
    counter = new AtomicLong(firstCounter);
  }

  int epoch() {
    return epoch;
  }

  int index() {
    return index;
  }

  @Nullable SealingKey key() {
    return key;
  }

  /** Bytes that sealing adds. */
  int tagBytes() {
    return key == null ? 0 : Sleeve2Protocol.TAG_BYTES;
  }

  /** The counter of the next aggregate, each given out once. */
  long nextCounter() {
    return counter.getAndIncrement();
  }

  /** Aggregates sent. */
  long sent() {
    return counter.get();
  }

  /** Whether nothing may be sealed any more under this key. */
  boolean isWornOut() {
    return key != null && counter.get() >= Sleeve2Protocol.LAST_AGGREGATE;
  }
}
