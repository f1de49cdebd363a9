package io.weft.gossip;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Puts off what is due while there is no room for another attempt (mesh.md 6.6, 9.3): all of it to
 * one moment, so that a thousand addresses do not each call for an evaluation of their own. The
 * moments lie further and further apart, until something is dialled or asked for.
 */
final class LimitBackOff {
  private final String reason;
  private final RandomGenerator random;
  private final Deadline deadline = new Deadline();
  private long intervalNanos = MeshConstants.FIRST_BACK_OFF_NANOS;
  private boolean wasFull;

  LimitBackOff(int connectionLimit, RandomGenerator random) {
    this.reason = "Connection limit reached (" + connectionLimit + ")";
    this.random = random;
  }

  /** The next moment comes after the shortest interval. */
  void startAfresh() {
    deadline.disarm();
    intervalNanos = MeshConstants.FIRST_BACK_OFF_NANOS;
  }

  /**
   * Puts off everything that is due and not dialled.
   *
   * @param full whether there are as many connections as there may be, which is what is said then;
   *     if not, attempts under way take up the room
   * @return until when
   */
  long putOff(List<DialTarget> due, boolean full, long nowNanos) {
    if (full != wasFull) {
      startAfresh();
      wasFull = full;
    }
    if (deadline.expire(nowNanos) || !deadline.isArmed()) {
      deadline.arm(nowNanos + DialTarget.wait(intervalNanos, random));
      intervalNanos = DialTarget.longer(intervalNanos);
    }
    due.forEach(target -> target.putOff(full ? reason : null, deadline.orNever()));
    return deadline.orNever();
  }
}
