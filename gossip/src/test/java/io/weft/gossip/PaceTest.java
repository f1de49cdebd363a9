package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
  private static final long INTERVAL = 100;

  @ParameterizedTest
  @ValueSource(longs = {0, 5, -1_000_000, Long.MAX_VALUE - 50})
  void allowsAFewAtOnceAndThenOneAnInterval(long start) {
    Pace pace = new Pace(3, INTERVAL);
    for (int i = 0; i < 3; i++) {
      assertTrue(pace.nextNanos(start) - start <= 0);
      assertTrue(pace.take(start));
    }
    assertFalse(pace.take(start));
    assertEquals(start + INTERVAL, pace.nextNanos(start));
    assertFalse(pace.take(start + INTERVAL - 1));
    assertTrue(pace.take(start + INTERVAL));
    assertFalse(pace.take(start + INTERVAL));
  }

  @Test
  void allowsAFewAtOnceAgainAfterAQuietWhile() {
    Pace pace = new Pace(2, INTERVAL);
    assertTrue(pace.take(0));
    assertTrue(pace.take(0));
    long later = 10 * INTERVAL;
    assertTrue(pace.take(later));
    assertTrue(pace.take(later));
    assertFalse(pace.take(later));
  }
}
