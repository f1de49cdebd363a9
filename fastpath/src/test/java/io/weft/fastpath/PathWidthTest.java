package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How the MTU of a way, and that of the bridge, follow what heartbeats show. */
final class PathWidthTest {
  private static final int BASE = 1_376;
  private static final long NOW = TimeUnit.SECONDS.toNanos(100);

  private final PathWidth width = new PathWidth(BASE, 50, 1);
  private final CommonMtu common = new CommonMtu(BASE);

  @Test
  void aWidthCountsWhenAHeartbeatOfItsSizeIsAnsweredAndAsLong() {
    assertEquals(1_450, width.tryOut(1_500));
    assertEquals(BASE, width.mtu(NOW), "not answered yet");
    width.heard(BASE + 14, NOW);
    assertEquals(BASE, width.mtu(NOW), "the ordinary heartbeat");
    width.heard(1_450 + 14, NOW);
    assertEquals(1_450, width.mtu(NOW));
    assertEquals(1_450, width.mtu(NOW + FastdpProtocol.WIDE_TRUST_NANOS));
    assertEquals(BASE, width.mtu(NOW + FastdpProtocol.WIDE_TRUST_NANOS + 1));
  }

  @Test
  void aWidthIsTriedAtFirstAndThenNowAndAgain() {
    List<Integer> tries = new ArrayList<>();
    for (int heartbeat = 0; heartbeat < 11; heartbeat++) {
      tries.add(width.tryOut(1_500) == 0 ? 0 : 1);
    }
    assertEquals(List.of(1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1), tries);
    assertEquals(8_950, width.tryOut(9_000), "another network is tried at once");
    assertEquals(8_950, width.tryOut(65_535), "at most");
  }

  @Test
  void whatTheNetworkNoLongerCarriesCountsNoLonger() {
    width.tryOut(9_000);
    width.heard(8_950 + 14, NOW);
    assertEquals(8_950, width.mtu(NOW));
    assertEquals(1_450, width.tryOut(1_500));
    assertEquals(BASE, width.mtu(NOW));
    width.heard(8_950 + 14, NOW);
    assertEquals(BASE, width.mtu(NOW), "an answer that was late");
    assertEquals(0, width.tryOut(1_400), "narrower than what passes for certain");
    assertEquals(0, width.tryOut(0), "unknown");
  }

  @Test
  void aWidthIsOpenUntilItIsShownOrThereIsNoneToShow() {
    assertTrue(width.isOpen(), "no heartbeat has been sent yet");
    width.tryOut(1_500);
    assertTrue(width.isOpen(), "not answered yet");
    width.heard(1_450 + 14, NOW);
    assertFalse(width.isOpen());
    PathWidth narrow = new PathWidth(BASE, 50, 1);
    narrow.tryOut(1_400);
    assertFalse(narrow.isOpen(), "nothing to try");
  }

  @Test
  void whatIsEncryptedHasAWidthOfWholeWords() {
    assertEquals(1_416, new PathWidth(BASE, 84, 4).tryOut(1_500));
    assertEquals(1_412, new PathWidth(BASE, 84, 4).tryOut(1_499));
  }

  @Test
  void theBridgeIsRaisedAtOnceWhenAllWaysAreEquallyWide() {
    assertFalse(common.update(List.of(), NOW), "nothing is known without peers");
    assertFalse(common.update(List.of(1_450, BASE), NOW));
    assertTrue(common.update(List.of(1_450, 1_450), NOW));
    assertEquals(1_450, common.present());
    assertFalse(common.update(List.of(), NOW), "it stays when all leave");
    assertFalse(common.update(List.of(1_450), NOW));
  }

  @Test
  void theBridgeIsNarrowedWhenAWayStaysNarrow() {
    assertTrue(common.update(List.of(8_950), NOW));
    assertFalse(common.update(List.of(8_950, BASE), NOW), "a peer that has just come");
    assertEquals(NOW + FastdpProtocol.LOWER_AFTER_NANOS, common.nextDeadlineNanos());
    assertFalse(common.update(List.of(8_950, 8_950), NOW + 1), "and shows that it is wide");
    assertEquals(Timed.NEVER, common.nextDeadlineNanos());
    assertFalse(common.update(List.of(8_950, 1_450), NOW), "or that it is not");
    assertTrue(common.update(List.of(8_950, 1_450), NOW + FastdpProtocol.LOWER_AFTER_NANOS));
    assertEquals(BASE, common.present(), "what everybody takes");
  }
}
