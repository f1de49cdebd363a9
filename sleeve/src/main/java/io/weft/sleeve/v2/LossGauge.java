package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;

/**
 * How much is sealed at once, by what the neighbour says has arrived: the larger an aggregate, the
 * more is lost with each datagram. It shrinks at once when loss shows and grows again one step at a
 * time after the path has been clean for a while. Conductor thread; no I/O.
 */
final class LossGauge {
  /** How much is sealed at once. */
  enum Level {
    /** A datagram. */
    SINGLE,
    /** About 16 KB. */
    PART,
    /** Whatever is there. */
    WHOLE
  }

  private static final double PART_ABOVE = 0.001;
  private static final double SINGLE_ABOVE = 0.005;
  private static final double SINGLE_UNTIL = 0.0025;
  private static final double PART_UNTIL = 0.0005;
  private static final long GROW_NANOS = 3_000_000_000L;

  /** Share of what was seen that still counts when the next report comes. */
  private static final double MEMORY = 0.8;

  /** Fewer datagrams say nothing. */
  private static final double ENOUGH = 400;

  private final EventTime time;
  private Level level = Level.WHOLE;
  private int epoch;
  private long lastExpected;
  private long lastReceived;
  private double expected;
  private double lost;
  private long cleanSinceNanos;

  LossGauge(EventTime time) {
    this.time = time;
    cleanSinceNanos = time.nanos();
  }

  Level level() {
    return level;
  }

  /** Share of the datagrams that is being lost, 0 to 1; 0 while too few were sent to tell. */
  double loss() {
    return expected < ENOUGH ? 0 : Math.clamp(lost / expected, 0.0, 1.0);
  }

  /**
   * A report of the neighbour: totals since the epoch began.
   *
   * @return whether the level has changed
   */
  boolean onReport(int ofEpoch, long expectedTotal, long receivedTotal) {
    boolean sameEpoch = ofEpoch == epoch;
    long newExpected = expectedTotal - (sameEpoch ? lastExpected : 0);
    long newReceived = receivedTotal - (sameEpoch ? lastReceived : 0);
    if (newExpected < 0 || newReceived < 0 || expectedTotal < 0 || receivedTotal < 0) {
      return false;
    }
    epoch = ofEpoch;
    lastExpected = expectedTotal;
    lastReceived = receivedTotal;
    expected = expected * MEMORY + newExpected;
    // What was missing may have come late.
    lost = Math.max(0, lost * MEMORY + (newExpected - newReceived));
    return expected >= ENOUGH && adapt(lost / expected);
  }

  private boolean adapt(double loss) {
    Level before = level;
    if (loss > SINGLE_ABOVE) {
      level = Level.SINGLE;
    } else if (loss > PART_ABOVE && level == Level.WHOLE) {
      level = Level.PART;
    }
    double cleanBelow = level == Level.SINGLE ? SINGLE_UNTIL : PART_UNTIL;
    if (level != before || level == Level.WHOLE || loss > cleanBelow) {
      cleanSinceNanos = time.nanos();
    } else if (time.nanos() - cleanSinceNanos >= GROW_NANOS) {
      level = level == Level.SINGLE ? Level.PART : Level.WHOLE;
      cleanSinceNanos = time.nanos();
    }
    return level != before;
  }
}
