package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search for the path MTU (overlay.md B.9), in virtual time. */
final class PathMtuTest {
  private static final long MILLI = 1_000_000L;

  private final EventTime time = new EventTime(1_000, 0);
  private final List<Integer> probes = new ArrayList<>();
  private final PathMtu mtu = new PathMtu(Sealing.PLAIN, time, probes::add);

  @Test
  void beginsWithoutALimit() {
    assertEquals(65_535, mtu.overlayMtu());
    assertEquals(65_507, mtu.maxPayload());
    assertEquals(Timed.NEVER, mtu.nextDeadlineNanos());
  }

  @Test
  void believesTheKernelAtOnceAndConfirmsWithOneProbe() {
    mtu.onTooBig(1500);
    assertEquals(1438, mtu.overlayMtu());
    assertEquals(1472, mtu.maxPayload());
    mtu.onVerified(1438);
    assertEquals(List.of(1438), probes);
    assertEquals(1438, mtu.overlayMtu());
    assertEquals(Timed.NEVER, mtu.nextDeadlineNanos());
  }

  @Test
  void probesEightTimesWithDoublingPauses() {
    mtu.onTooBig(1500);
    long start = time.nanos();
    long expected = 0;
    for (int i = 0; i < 8; i++) {
      expected += (10 * MILLI) << i;
      assertEquals(start + expected, mtu.nextDeadlineNanos(), "probe " + i);
      assertEquals(i + 1, probes.size());
      fire();
    }
    assertEquals(2_550 * MILLI, time.nanos() - start);
    assertEquals((552 + 1438) / 2, probes.getLast());
  }

  @ParameterizedTest
  @CsvSource({"1500,1338", "1500,1437", "1500,552", "1500,553", "9000,1438", "1400,1000"})
  void findsWhatALyingPathTakes(int kernelPathMtu, int truth) {
    mtu.onTooBig(kernelPathMtu);
    int failedSteps = 0;
    long start = time.nanos();
    while (mtu.nextDeadlineNanos() != Timed.NEVER) {
      int candidate = probes.getLast();
      if (candidate <= truth) {
        mtu.onVerified(candidate);
      } else {
        IntStream.range(0, 8).forEach(i -> fire());
        failedSteps++;
      }
      assertTrue(probes.size() < 200, "the search ends");
    }
    assertEquals(truth, mtu.overlayMtu());
    assertEquals(truth + 62 - 28, mtu.maxPayload());
    assertEquals(failedSteps * 2_550L * MILLI, time.nanos() - start);
  }

  @Test
  void endsAtTheFloorWhenNoProbeArrives() {
    mtu.onTooBig(1500);
    while (mtu.nextDeadlineNanos() != Timed.NEVER) {
      fire();
    }
    assertEquals(552, mtu.overlayMtu());
  }

  @Test
  void ignoresALargerKernelValueAndForeignAcksDuringTheSearch() {
    mtu.onTooBig(1500);
    mtu.onTooBig(1500);
    mtu.onTooBig(1600);
    mtu.onVerified(1400);
    assertEquals(List.of(1438), probes);
    assertEquals(1438, mtu.overlayMtu());
  }

  @Test
  void startsAgainWhenThePathShrinks() {
    mtu.onTooBig(1500);
    mtu.onVerified(1438);
    mtu.onTooBig(1400);
    assertEquals(1338, mtu.overlayMtu());
    assertEquals(List.of(1438, 1338), probes);
    mtu.onTooBig(1300);
    assertEquals(1238, mtu.overlayMtu());
    assertEquals(List.of(1438, 1338, 1238), probes);
  }

  @Test
  void staysSaneWhateverTheKernelSays() {
    for (int pathMtu : new int[] {0, 28, 68, 65_536, Integer.MAX_VALUE}) {
      PathMtu search = new PathMtu(Sealing.ENCRYPTED, time, probes::add);
      search.onTooBig(pathMtu);
      assertTrue(search.overlayMtu() >= SleeveProtocol.LEAST_OVERLAY_MTU);
      assertTrue(search.maxPayload() <= SleeveProtocol.MAX_PAYLOAD_BYTES);
    }
  }

  @Test
  void doesNotRaiseTheMtuOfAPathBelowTheFloor() {
    mtu.onTooBig(552);
    assertEquals(490, mtu.overlayMtu());
    while (mtu.nextDeadlineNanos() != Timed.NEVER) {
      fire();
    }
    assertEquals(490, mtu.overlayMtu());
  }

  private void fire() {
    time.advanceTo(mtu.nextDeadlineNanos(), 0);
    mtu.onTime();
  }
}
