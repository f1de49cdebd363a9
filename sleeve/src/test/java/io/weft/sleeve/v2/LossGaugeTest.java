package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.sleeve.v2.LossGauge.Level;
import org.junit.jupiter.api.Test;

/** How much is sealed at once, for losses of the test's choice. */
final class LossGaugeTest {
  private final EventTime time = new EventTime(0, 0);
  private final LossGauge gauge = new LossGauge(time);
  private long expected;
  private double lost;
  private int changes;

  @Test
  void staysWholeOnACleanPath() {
    pass(10, 0);
    assertEquals(Level.WHOLE, gauge.level());
    pass(10, 0.0002);
    assertEquals(Level.WHOLE, gauge.level());
    assertEquals(0, changes);
  }

  @Test
  void sealsADatagramAtATimeWithinASecondOfOnePercent() {
    pass(5, 0);
    pass(1, 0.01);
    assertEquals(Level.SINGLE, gauge.level());
    pass(60, 0.01);
    assertEquals(Level.SINGLE, gauge.level());
    assertTrue(changes <= 2, "down once, and it stays there");
  }

  @Test
  void sealsPartsWhenALittleIsLost() {
    pass(20, 0.002);
    assertEquals(Level.PART, gauge.level());
    assertEquals(1, changes);
  }

  @Test
  void growsAgainAStepAtATimeWhenThePathIsClean() {
    pass(5, 0.02);
    assertEquals(Level.SINGLE, gauge.level());
    pass(5, 0);
    assertEquals(Level.PART, gauge.level());
    pass(5, 0);
    assertEquals(Level.WHOLE, gauge.level());
    assertEquals(3, changes);
  }

  @Test
  void doesNotFlapAtABorder() {
    for (int i = 0; i < 60; i++) {
      pass(1, i % 2 == 0 ? 0.006 : 0.004);
    }
    assertTrue(changes <= 2, changes + " changes");
  }

  @Test
  void drawsNoConclusionFromAFewDatagrams() {
    assertFalse(gauge.onReport(0, 20, 10));
    assertEquals(Level.WHOLE, gauge.level());
  }

  @Test
  void ignoresTotalsThatGoBackOrMakeNoSense() {
    assertFalse(gauge.onReport(0, 10_000, 10_000));
    assertFalse(gauge.onReport(0, 5_000, 5_000));
    assertFalse(gauge.onReport(0, -1, 5));
    assertFalse(gauge.onReport(0, Long.MIN_VALUE, Long.MAX_VALUE));
    assertEquals(Level.WHOLE, gauge.level());
    assertTrue(gauge.onReport(1, 10_000, 9_000), "a new epoch begins at zero");
  }

  private void pass(int seconds, double loss) {
    for (int i = 0; i < seconds * 10; i++) {
      time.advanceTo(time.nanos() + Sleeve2Protocol.REPORT_NANOS, 0);
      expected += 4_000;
      lost += 4_000 * loss;
      changes += gauge.onReport(0, expected, expected - (long) lost) ? 1 : 0;
    }
  }
}
