package io.weft.gossip;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** An address that we dial or might dial, with its back-off (mesh.md 9.2, 9.3). */
final class DialTarget {
  /** The peer that answered at an address, in one of its lives. */
  record Identity(PeerName name, long uid) {}

  private InetSocketAddress address;
  private State state = State.WAITING;
  private boolean never;
  private long dueNanos;
  private long intervalNanos;
  private @Nullable String lastError;
  private @Nullable Identity identity;

  /** Until when it is put off although it is due; null for not at all. */
  private @Nullable Long putOffUntilNanos;

  /** What puts it off, in place of the last error; null for nothing worth telling. */
  private @Nullable String putOffReason;

  /** What is done about an address. */
  enum State {
    /** To be tried when due. */
    WAITING,
    /** Wanted by the operator, but not now. */
    SUSPENDED,
    /** Being dialled, or shaking hands. */
    ATTEMPTING,
    /** A connection of ours. */
    CONNECTED
  }

  DialTarget(InetSocketAddress address, long nowNanos) {
    this.address = address;
    retryNow(nowNanos);
  }

  InetSocketAddress address() {
    return address;
  }

  /** Goes on with another address of the same target. */
  void moveTo(InetSocketAddress other) {
    address = other;
  }

  State state() {
    return state;
  }

  void setState(State newState) {
    state = newState;
  }

  /** Whether it is neither being dialled nor connected. */
  boolean isIdle() {
    return state == State.WAITING || state == State.SUSPENDED;
  }

  /** Whether trying again is pointless. */
  boolean isNever() {
    return never;
  }

  /**
   * When the next attempt is due, whether or not it is put off; that of the running or last attempt
   * while it is not idle.
   */
  long dueNanos() {
    return dueNanos;
  }

  /** What keeps it from being connected: the end of the last attempt, or why there is none. */
  @Nullable String lastError() {
    return putOffReason == null ? lastError : putOffReason;
  }

  @Nullable Identity identity() {
    return identity;
  }

  void setIdentity(Identity newIdentity) {
    identity = newIdentity;
  }

  /** To be tried at once, with the shortest interval afterwards. */
  private void retryNow(long nowNanos) {
    never = false;
    dueNanos = nowNanos;
    endPutOff();
    intervalNanos = MeshConstants.FIRST_BACK_OFF_NANOS;
  }

  /**
   * The operator asks for it: to be tried at once, forgetting what answered before. An attempt
   * under way goes on, and when it fails the shortest interval follows.
   */
  void retryAfresh(long nowNanos) {
    retryNow(nowNanos);
    if (state != State.CONNECTED) {
      identity = null;
    }
  }

  /** It is being dialled. */
  void attempt(long nowNanos) {
    state = State.ATTEMPTING;
    dueNanos = nowNanos;
    endPutOff();
  }

  /** It is due, but there is no room for an attempt: to be looked at again then. */
  void putOff(@Nullable String reason, long untilNanos) {
    putOffReason = reason;
    putOffUntilNanos = untilNanos;
  }

  private void endPutOff() {
    putOffReason = null;
    putOffUntilNanos = null;
  }

  /** Goes on with an interval of this length at most. */
  void limitInterval(long longestIntervalNanos) {
    intervalNanos = Math.min(intervalNanos, longestIntervalNanos);
  }

  /** An attempt or a connection has ended. */
  void ended(String error, boolean permanent, long nowNanos, RandomGenerator random) {
    boolean lasted = nowNanos - dueNanos > MeshConstants.BACK_OFF_RESET_NANOS;
    state = State.WAITING;
    lastError = error;
    if (permanent) {
      never = true;
    } else if (lasted) {
      retryNow(nowNanos);
    } else {
      dueNanos = nowNanos + wait(intervalNanos, random);
      intervalNanos = longer(intervalNanos);
    }
  }

  /** A wait drawn from half an interval to one and a half. */
  static long wait(long intervalNanos, RandomGenerator random) {
    return intervalNanos / 2 + random.nextLong(intervalNanos);
  }

  /** The interval that follows an interval. */
  static long longer(long intervalNanos) {
    return Math.min(intervalNanos * 3 / 2, MeshConstants.LONGEST_BACK_OFF_NANOS);
  }

  /** Milliseconds until the next attempt, or until it is looked at again. */
  long waitMillis(long nowNanos) {
    Long putOffUntil = putOffUntilNanos;
    long nextNanos = putOffUntil == null ? dueNanos : putOffUntil;
    return TimeUnit.NANOSECONDS.toMillis(nextNanos - nowNanos);
  }
}
