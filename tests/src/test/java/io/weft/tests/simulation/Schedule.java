package io.weft.tests.simulation;

import java.util.Arrays;

/**
 * Virtual time and what will happen in it. Events of one moment run in the order they were made.
 */
final class Schedule {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000 * MILLISECOND;

  /** More events than this in one moment mean that two parties answer each other for ever. */
  private static final int MAX_EVENTS_PER_MOMENT = 500_000;

  /** A binary heap in three arrays, since no event then costs an object of its own. */
  private long[] times = new long[1024];

  private long[] numbers = new long[1024];
  private Runnable[] actions = new Runnable[1024];
  private int size;
  private long nowNanos;
  private long made;
  private long run;
  private long digest = 1;
  private int inThisMoment;

  long nowNanos() {
    return nowNanos;
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
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      numbers = Arrays.copyOf(numbers, 2 * size);
      actions = Arrays.copyOf(actions, 2 * size);
    }
    rise(size++, Math.max(nowNanos, timeNanos), made++, action);
  }

  /** Nothing will happen any more. */
  void clear() {
    Arrays.fill(actions, 0, size, (Runnable) Schedule::nothing);
    size = 0;
  }

  /** Adds what happened to the digest. */
  void note(long what) {
    digest = digest * 31 + what;
  }

  /** Lets the time pass with everything that happens in it. */
  void runFor(long nanos) {
    long end = nowNanos + nanos;
    while (size > 0 && times[0] <= end) {
      long time = times[0];
      long number = numbers[0];
      Runnable action = actions[0];
      removeFirst();
      inThisMoment = time == nowNanos ? inThisMoment + 1 : 0;
      if (inThisMoment > MAX_EVENTS_PER_MOMENT) {
        throw new AssertionError("events without end at " + nowNanos + " ns");
      }
      nowNanos = time;
      run++;
      note(number);
      note(time);
      action.run();
    }
    nowNanos = end;
  }

  private static void nothing() {}

  private void removeFirst() {
    size--;
    long time = times[size];
    long number = numbers[size];
    Runnable action = actions[size];
    actions[size] = Schedule::nothing;
    if (size > 0) {
      sink(time, number, action);
    }
  }

  private void rise(int from, long time, long number, Runnable action) {
    int place = from;
    while (place > 0) {
      int parent = (place - 1) / 2;
      if (!isBefore(time, number, parent)) {
        break;
      }
      move(parent, place);
      place = parent;
    }
    put(place, time, number, action);
  }

  private void sink(long time, long number, Runnable action) {
    int place = 0;
    for (int child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && isBefore(times[child + 1], numbers[child + 1], child)) {
        child++;
      }
      if (isBefore(time, number, child)) {
        break;
      }
      move(child, place);
      place = child;
    }
    put(place, time, number, action);
  }

  private boolean isBefore(long time, long number, int place) {
    return time < times[place] || (time == times[place] && number < numbers[place]);
  }

  private void move(int from, int to) {
    put(to, times[from], numbers[from], actions[from]);
  }

  private void put(int place, long time, long number, Runnable action) {
    times[place] = time;
    numbers[place] = number;
    actions[place] = action;
  }
}
