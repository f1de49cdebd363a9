package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The replay window against a set that forgets nothing. */
final class SlidingWindowTest {
  private final SlidingWindow window = new SlidingWindow();

  @Test
  void agreesWithASetOnRandomOrderAndJumps() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    Set<Long> seen = new HashSet<>();
    long highest = 0;
    for (int i = 0; i < 200_000; i++) {
      long step = random.nextInt(1000) == 0 ? random.nextLong(40_000) : random.nextLong(4);
      long counter = Math.max(0, highest + step - random.nextLong(20_000) * random.nextInt(2));
      boolean inside = highest - counter < Sleeve2Protocol.REPLAY_WINDOW;
      boolean expected = inside && !seen.contains(counter);
      assertEquals(expected, window.isNew(counter), counter + ", seed " + seed);
      assertEquals(expected, window.accept(counter), counter + ", seed " + seed);
      seen.add(counter);
      highest = Math.max(highest, expected ? counter : highest);
    }
  }

  @Test
  void isAtLeastEightThousandWideAndForgetsAtItsEdge() {
    assertTrue(window.accept(100_000));
    assertTrue(window.accept(100_000 - 8_192));
    assertTrue(window.accept(100_001 - Sleeve2Protocol.REPLAY_WINDOW));
    assertFalse(window.accept(100_000 - Sleeve2Protocol.REPLAY_WINDOW), "too old to tell");
    assertFalse(window.accept(100_000));
    assertEquals(100_001, window.next());
  }

  @Test
  void takesNoNegativeCounter() {
    assertFalse(window.accept(-1));
    assertTrue(window.accept(Long.MAX_VALUE - 1));
    assertFalse(window.accept(Long.MIN_VALUE));
  }
}
