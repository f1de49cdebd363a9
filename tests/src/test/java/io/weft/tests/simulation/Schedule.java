package io.weft.tests.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Virtual time and what will happen in it. Events of one moment run in the order they were made.
 */
final class Schedule {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000 * MILLISECOND;

  /** 2026-01-01 UTC, where every simulation starts. */
  private static final long START_UNIX_MILLIS = 1_767_225_600_000L;

  /** More events than this in one moment mean that two parties answer each other for ever. */
  private static final int MAX_EVENTS_PER_MOMENT = 200_000;

  private record Event(long atNanos, long number, Runnable action) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::number));
  private long nowNanos;
  private long made;
  private long run;
  private long digest = 1;

  long nowNanos() {
    return nowNanos;
  }

  long unixMillis() {
    return START_UNIX_MILLIS + nowNanos / MILLISECOND;
  }

  /** Events run so far. */
  long run() {
    return run;
  }

  /** A number that differs when any event ran at another moment or in another order. */
  long digest() {
    return digest;
  }

  /** Runs an action after a delay of at least nothing. */
  void after(long delayNanos, Runnable action) {
    at(nowNanos + Math.max(0, delayNanos), action);
  }

  /** Runs an action at a time, or at once when that has passed. */
  void at(long timeNanos, Runnable action) {
    events.add(new Event(Math.max(nowNanos, timeNanos), made++, action));
  }

  /** Adds what happened to the digest. */
  void note(long what) {
    digest = digest * 31 + what;
  }

  /** Lets the time pass with everything that happens in it. */
  void runFor(long nanos) {
    long end = nowNanos + nanos;
    int inThisMoment = 0;
    for (Event event = events.peek();
        event != null && event.atNanos() <= end;
        event = events.peek()) {
      events.remove();
      inThisMoment = event.atNanos() == nowNanos ? inThisMoment + 1 : 0;
      if (inThisMoment > MAX_EVENTS_PER_MOMENT) {
        throw new AssertionError("events without end at " + nowNanos + " ns");
      }
      nowNanos = event.atNanos();
      run++;
      note(event.number());
      note(event.atNanos());
      event.action().run();
    }
    nowNanos = end;
  }
}
