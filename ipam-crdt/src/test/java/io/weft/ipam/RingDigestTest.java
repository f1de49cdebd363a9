package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.weft.gossip.PeerName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rings by their hash. */
class RingDigestTest {
  private static final PeerName ONE = new PeerName(1);
  private static final PeerName TWO = new PeerName(2);
  private static final AddressRange UNIVERSE = new AddressRange(1024, 2048);

  private static long digest(PeerName self, RingEntry first, RingEntry second, PeerName... seeds) {
    return RingDigest.of(new Ring(UNIVERSE, self, List.of(first, second), List.of(seeds)));
  }

  @Test
  void isTheSameForEqualRingsWhoeverHasThemAndWhateverIsFree() {
    RingEntry first = new RingEntry(1024, ONE, 3, 500);
    RingEntry second = new RingEntry(1500, TWO, 4, 400);
    assertEquals(
        digest(ONE, first, second, ONE, TWO), digest(TWO, first.withFree(7), second, TWO, ONE));
  }

  @Test
  void differsInWhateverElseDiffers() {
    RingEntry first = new RingEntry(1024, ONE, 3, 500);
    RingEntry second = new RingEntry(1500, TWO, 4, 400);
    long digest = digest(ONE, first, second, ONE);
    assertNotEquals(digest, digest(ONE, first.raisedTo(4), second, ONE));
    assertNotEquals(digest, digest(ONE, new RingEntry(1024, TWO, 3, 500), second, ONE));
    assertNotEquals(digest, digest(ONE, first, new RingEntry(1501, TWO, 4, 400), ONE));
    assertNotEquals(digest, digest(ONE, first, second, TWO));
    assertNotEquals(digest, digest(ONE, first, second, ONE, TWO));
    assertNotEquals(digest, digest(ONE, first, second));
  }

  @Test
  void isThatOfTheExamplesOfTheProtocol() {
    long first = 0x0a200000L;
    AddressRange universe = new AddressRange(first, first + 256);
    RingEntry one = new RingEntry(first, ONE, 3, 100);
    RingEntry two = new RingEntry(first + 128, TWO, 4, 100);
    Ring ring = new Ring(universe, ONE, List.of(one, two), List.of(ONE, TWO));
    assertEquals("232152acbcb7cf6c", Long.toHexString(RingDigest.of(ring)));
    assertEquals("ea7f435bef9649fe", Long.toHexString(RingDigest.of(List.of(ONE, TWO))));
    assertEquals("6fb99622", Long.toHexString(RingDigest.of(ring, TWO)));
  }
}
