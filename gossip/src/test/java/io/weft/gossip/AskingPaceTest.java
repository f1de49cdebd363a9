package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.topology.PeerVersion;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AskingPaceTest {
  private static final long INTERVAL = MeshConstants.ASKING_NANOS;

  private final AskingPace<String> pace = new AskingPace<>();

  /** After this nothing is taken at once for a while. */
  @BeforeEach
  void useUpWhatIsTakenAtOnce() {
    for (int i = 0; i < MeshConstants.ASKING_BURST; i++) {
      assertFalse(pace.postpones("one", offers(1, 1), 0), "offer " + i + " is taken at once");
    }
    assertEquals(Timed.NEVER, pace.nextDeadlineNanos());
  }

  private static List<PeerVersion> offers(long name, long version) {
    return List.of(offer(name, version));
  }

  private static PeerVersion offer(long name, long version) {
    return new PeerVersion(new PeerName(name), 7, version, true);
  }

  private static Map<PeerName, PeerVersion> mapped(PeerVersion... offers) {
    Map<PeerName, PeerVersion> map = new HashMap<>();
    for (PeerVersion offer : offers) {
      map.put(offer.name(), offer);
    }
    return map;
  }

  @Test
  void whatFollowsIsGatheredAndComesBackTogetherByWhoeverOfferedIt() {
    assertTrue(pace.postpones("one", offers(1, 2), 1));
    assertTrue(pace.postpones("two", offers(2, 5), 2));
    assertTrue(pace.postpones("one", offers(3, 9), 3));
    long due = pace.nextDeadlineNanos();
    assertEquals(INTERVAL, due);
    assertEquals(Map.of(), pace.due(due - 1), "not before its time");
    assertEquals(
        Map.of("one", mapped(offer(1, 2), offer(3, 9)), "two", mapped(offer(2, 5))), pace.due(due));
    assertEquals(Map.of(), pace.due(due + INTERVAL), "each once");
    assertEquals(Timed.NEVER, pace.nextDeadlineNanos());
  }

  @Test
  void ofOnePeerTheNewestOfferCountsWhoeverMakesIt() {
    pace.postpones("one", offers(1, 5), 1);
    pace.postpones("two", offers(1, 4), 2);
    pace.postpones("two", offers(1, 5), 3);
    assertEquals("one", pace.due(INTERVAL).keySet().iterator().next());
    pace.postpones("one", offers(1, 5), INTERVAL + 1);
    pace.postpones("two", offers(1, 6), INTERVAL + 2);
    assertEquals(Map.of("two", mapped(offer(1, 6))), pace.due(2 * INTERVAL));
  }

  @Test
  void whileSomethingWaitsNothingOvertakesIt() {
    pace.postpones("one", offers(1, 2), 1);
    assertTrue(pace.postpones("two", offers(2, 2), 10 * INTERVAL), "although it is quiet again");
    assertEquals(2, pace.due(10 * INTERVAL).size());
    assertFalse(pace.postpones("one", offers(1, 3), 20 * INTERVAL));
  }

  @Test
  void gathersNoMorePeersThanThereCanBe() {
    List<PeerVersion> many =
        LongStream.rangeClosed(1, MeshConstants.MAX_ASKED + 10L)
            .mapToObj(name -> offer(name, 1))
            .toList();
    pace.postpones("one", many, 1);
    pace.postpones("two", offers(1, 2), 2);
    Collection<Map<PeerName, PeerVersion>> due = pace.due(INTERVAL).values();
    assertEquals(MeshConstants.MAX_ASKED, due.stream().mapToInt(Map::size).sum());
    assertTrue(due.contains(mapped(offer(1, 2))), "those gathered are still renewed");
  }

  @Test
  void forgetsEverythingWhenItStops() {
    pace.postpones("one", offers(1, 2), 1);
    pace.stop();
    assertEquals(Timed.NEVER, pace.nextDeadlineNanos());
    assertEquals(Map.of(), pace.due(INTERVAL));
  }
}
