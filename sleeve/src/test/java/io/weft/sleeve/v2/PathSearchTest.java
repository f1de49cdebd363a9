package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search for the path MTU over a path of the test's choice. */
final class PathSearchTest {
  private final EventTime time = new EventTime(1_000, 0);
  private int pathTakes;
  private int kernelSays;
  private int probes;
  private final PathSearch search = new PathSearch(time, this::probe, () -> kernelSays);

  @Test
  void believesTheKernelOnceAProbeHasArrived() {
    path(1500, 1500);
    search.start();
    assertEquals(1500, search.pathMtu());
    assertEquals(1, probes);
  }

  @ParameterizedTest
  @ValueSource(ints = {577, 1280, 1400, 1499, 4000, 8999})
  void findsWhatAPathTakesThatLies(int takes) {
    path(takes, 9000);
    search.start();
    passTime(60);
    assertEquals(takes, search.pathMtu());
  }

  @Test
  void findsJumboPathsWhenTheKernelSaysNothing() {
    path(65_535, 0);
    search.start();
    assertEquals(65_535, search.pathMtu());
  }

  @Test
  void usesTheLeastUntilSomethingWasSeenToArrive() {
    path(0, 1500);
    search.start();
    passTime(60);
    assertEquals(Sleeve2Protocol.LEAST_PATH_MTU, search.pathMtu());
  }

  @Test
  void noticesWithoutAnyMessageThatThePathHasShrunk() {
    path(1500, 1500);
    search.start();
    path(1400, 1500);
    passTime(30);
    assertEquals(1400, search.pathMtu());
  }

  @Test
  void aForgedMessageAboutASmallMtuChangesNothing() {
    path(1500, 1500);
    search.start();
    kernelSays = 600;
    search.onTooBig();
    assertEquals(1500, search.pathMtu());
    passTime(60);
    assertEquals(1500, search.pathMtu());
  }

  @Test
  void looksForMoreEveryTenMinutes() {
    path(1400, 1400);
    search.start();
    assertEquals(1400, search.pathMtu());
    path(9000, 9000);
    passTime(599);
    assertEquals(1400, search.pathMtu());
    passTime(2);
    assertEquals(9000, search.pathMtu());
  }

  @Test
  void isSilentAfterItsEnd() {
    path(1500, 1500);
    search.start();
    search.stop();
    int before = probes;
    passTime(1000);
    assertEquals(before, probes);
    assertEquals(Timed.NEVER, search.nextDeadlineNanos());
  }

  private void path(int takes, int says) {
    pathTakes = takes;
    kernelSays = says;
  }

  private void probe(int mtu) {
    probes++;
    assertTrue(mtu >= Sleeve2Protocol.LEAST_PATH_MTU && mtu <= Sleeve2Protocol.MAX_PATH_MTU);
    if (mtu <= pathTakes) {
      search.onAck(mtu);
    }
  }

  private void passTime(int seconds) {
    long end = time.nanos() + seconds * 1_000_000_000L;
    while (search.nextDeadlineNanos() <= end) {
      time.advanceTo(search.nextDeadlineNanos(), 0);
      search.onTime();
    }
    time.advanceTo(end, 0);
  }
}
