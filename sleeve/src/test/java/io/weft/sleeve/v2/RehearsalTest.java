package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is rehearsed is the path itself: every frame is sealed, opened and taken apart. */
final class RehearsalTest {
  @ParameterizedTest
  @EnumSource(Aead.class)
  void everyFrameComesThrough(Aead aead) {
    Rehearsal rehearsal = new Rehearsal(aead);
    rehearsal.run();
    assertEquals(Rehearsal.framesSent(), rehearsal.framesReceived());
  }
}
