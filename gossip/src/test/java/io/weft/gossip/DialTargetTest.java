package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** The back-off of one address (mesh.md 9.3). */
class DialTargetTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final RandomGenerator random = RandomGeneratorFactory.getDefault().create(1);
  private final DialTarget target = new DialTarget(SimulatedNetwork.address(2), 0);

  @Test
  void triesAgainAtOnceWhatEndedMoreThanAMinuteAfterItsAttempt() {
    failSeveralTimes();
    // It had to wait for its turn, which is no part of the minute.
    long begin = target.dueNanos() + 10 * MINUTE;
    target.attempt(begin);
    target.ended("i/o timeout", false, begin + MINUTE, random);
    assertTrue(target.dueNanos() > begin + MINUTE, "not later than a minute");
    begin = target.dueNanos();
    target.attempt(begin);
    target.ended("i/o timeout", false, begin + MINUTE + 1, random);
    assertEquals(begin + MINUTE + 1, target.dueNanos());
    target.attempt(target.dueNanos());
    assertWaitsOneToThreeSeconds();
  }

  @Test
  void aRequestBeginsTheBackOffAnewAlsoDuringAnAttemptAndTakesBackThatItIsPointless() {
    failSeveralTimes();
    target.retryAfresh(target.dueNanos());
    target.attempt(target.dueNanos());
    assertWaitsOneToThreeSeconds();

    failSeveralTimes();
    target.attempt(target.dueNanos());
    target.retryAfresh(target.dueNanos());
    assertWaitsOneToThreeSeconds();

    target.attempt(target.dueNanos());
    target.ended("cannot connect to ourself", true, target.dueNanos(), random);
    assertTrue(target.isNever());
    target.retryAfresh(target.dueNanos());
    assertFalse(target.isNever());
  }

  private void failSeveralTimes() {
    for (int i = 0; i < 20; i++) {
      target.attempt(target.dueNanos());
      target.ended("connection refused", false, target.dueNanos(), random);
    }
  }

  private void assertWaitsOneToThreeSeconds() {
    long now = target.dueNanos();
    target.ended("connection refused", false, now, random);
    long waited = target.dueNanos() - now;
    assertTrue(
        waited >= Duration.ofSeconds(1).toNanos() && waited < Duration.ofSeconds(3).toNanos(),
        waited + " ns");
  }
}
