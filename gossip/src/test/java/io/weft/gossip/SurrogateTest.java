package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is passed on of a channel that nobody here owns (mesh.md 8.7). */
class SurrogateTest {
  private final EventTime time = new EventTime(0, 0);
  private final Surrogate surrogate = new Surrogate("unheard", time, new Counters());

  private boolean passesOn(String payload) {
    return surrogate.onGossip(payload.getBytes(StandardCharsets.UTF_8)) != null;
  }

  @Test
  void remembersAPayloadForAGossipIntervalToTheNanosecondWhenSomethingNewComes() {
    assertTrue(passesOn("first"));
    time.advanceTo(MeshConstants.GOSSIP_INTERVAL_NANOS - 1, 0);
    assertTrue(passesOn("second"));
    assertFalse(passesOn("first"), "a nanosecond is left");
    time.advanceTo(MeshConstants.GOSSIP_INTERVAL_NANOS, 0);
    assertTrue(passesOn("third"));
    assertFalse(passesOn("second"));
    assertTrue(passesOn("first"), "the interval is over");
  }
}
