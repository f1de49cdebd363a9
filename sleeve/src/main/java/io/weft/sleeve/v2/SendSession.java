package io.weft.sleeve.v2;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What this end seals with during one epoch. Any lane. An epoch may have several sessions, each
 * with an index, a key and a counter of its own, so that no worker's aggregates are too old for the
 * window against replay because other workers were faster. The lanes of one worker share a session.
 */
final class SendSession {
  private SendSession[] all = {this};
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

  /**
   * The sessions of an epoch that have sent nothing.
   *
   * @param index of the first one; the others follow
   * @param keys one for each session, null on a connection that is not encrypted
   * @return the first one
   */
  static SendSession first(int epoch, int index, @Nullable List<SealingKey> keys, int sessions) {
    SendSession[] all = new SendSession[sessions];
    for (int i = 0; i < sessions; i++) {
      all[i] = new SendSession(epoch, index + i, keys == null ? null : keys.get(i), 0);
      all[i].all = all;
    }
    return all[0];
  }

  /** The session of the same epoch under which a worker sends. */
  SendSession of(int worker) {
    return all[worker % all.length];
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

  /** Aggregates sent under that session of the epoch which has sent most. */
  long mostSent() {
    long most = 0;
    for (SendSession session : all) {
      most = Math.max(most, session.counter.get());
    }
    return most;
  }

  /** Whether nothing may be sealed any more under this key. */
  boolean isWornOut() {
    return key != null && counter.get() >= Sleeve2Protocol.LAST_AGGREGATE;
  }
}
