package io.weft.tests.acceptance;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Waits for conditions of the world outside, never for a time. */
public final class Await {
  private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();

  private Await() {}

  /**
   * Asks until the answer is as wanted.
   *
   * @return the answer that was
   * @throws AssertionError with the last answer when none was within the limit
   */
  public static <T> T until(String what, Duration limit, Callable<T> question, Predicate<T> wanted)
      throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      T answer = question.call();
      if (wanted.test(answer)) {
        return answer;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            "not within %d s: %s; last seen: %s".formatted(limit.toSeconds(), what, answer));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
