package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.PeerName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ranges of a ring as status and report show them. */
class RingViewTest {
  private static final PeerName ONE = new PeerName(1);
  private static final PeerName TWO = new PeerName(2);
  private static final List<IpamStatus.Owner> OWNERS =
      List.of(owner(ONE, "one", true), owner(TWO, "two", false));

  private static IpamStatus.Owner owner(PeerName peer, String nickname, boolean isKnown) {
    return new IpamStatus.Owner(peer, nickname, 0, 0, false, isKnown, 0);
  }

  private static Ring ring(RingEntry... entries) {
    long start = Ipv4.LIMIT - 256;
    return new Ring(new AddressRange(start, Ipv4.LIMIT), ONE, List.of(entries), List.of());
  }

  private static RingEntry entry(int offset, PeerName peer, int version) {
    return new RingEntry(Ipv4.LIMIT - 256 + offset, peer, version, 0);
  }

  @Test
  void aRangeThatPassesTheEndOfTheUniverseIsShownAsTwoInOrderOfAddress() {
    Ring ring = ring(entry(16, ONE, 3), entry(128, TWO, 4));
    assertEquals(
        List.of(
            new IpamStatus.Entry("255.255.255.0", 16, TWO, "two", false, 4),
            new IpamStatus.Entry("255.255.255.16", 112, ONE, "one", true, 3),
            new IpamStatus.Entry("255.255.255.128", 128, TWO, "two", false, 4)),
        new RingView(ring, OWNERS));
  }

  @Test
  void aRingThatBeginsWithTheUniverseHasOneRangeForEachEntry() {
    Ring ring = ring(entry(0, ONE, 3), entry(128, TWO, 4));
    assertEquals(
        List.of(
            new IpamStatus.Entry("255.255.255.0", 128, ONE, "one", true, 3),
            new IpamStatus.Entry("255.255.255.128", 128, TWO, "two", false, 4)),
        new RingView(ring, OWNERS));
  }

  @Test
  void aSingleEntryOwnsAllOfTheUniverse() {
    assertEquals(
        List.of(
            new IpamStatus.Entry("255.255.255.0", 64, ONE, "one", true, 1),
            new IpamStatus.Entry("255.255.255.64", 192, ONE, "one", true, 1)),
        new RingView(ring(entry(64, ONE, 1)), OWNERS));
  }

  @Test
  void aRingThatNobodyHasCreatedHasNoRanges() {
    assertEquals(List.of(), new RingView(ring(), List.of()));
  }
}
