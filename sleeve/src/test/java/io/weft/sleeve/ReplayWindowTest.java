package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Replay protection (overlay.md B.4). */
final class ReplayWindowTest {
  @Test
  void decidesLikeTheVector() {
    int number = 0;
    for (JsonNode sequence : Vectors.json("sleeve-replay-window").get("cases")) {
      ReplayWindow window = new ReplayWindow();
      for (JsonNode step : sequence) {
        long seq = step.get("seq").asLong();
        assertEquals(
            step.get("accept").asBoolean(), window.accept(seq), "case " + number + " seq " + seq);
      }
      number++;
    }
    assertEquals(6, number);
  }

  @Test
  void takesTheLargestSequenceNumberOnce() {
    ReplayWindow window = new ReplayWindow();
    assertTrue(window.accept(Long.MAX_VALUE));
    assertFalse(window.accept(Long.MAX_VALUE));
    assertFalse(window.accept(0));
  }

  @Test
  void decidesLikeTheRuleWrittenWithSets() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    ReplayWindow window = new ReplayWindow();
    Set<Long> seen = new HashSet<>();
    long newest = 0;
    for (int step = 0; step < 200_000; step++) {
      // Mostly near the newest window, now and then far ahead; few offsets, so that they collide.
      long jump = random.nextInt(1000) == 0 ? random.nextInt(4) : random.nextInt(-2, 1);
      long target = Math.max(0, newest + jump);
      long sequence = (target << 20) | ((random.nextInt(64) * 16_411L) & 0xfffff);
      boolean expected = target >= newest - 1 && seen.add(sequence);
      newest = Math.max(newest, target);
      assertEquals(expected, window.accept(sequence), "seed " + seed + " step " + step);
    }
  }
}
