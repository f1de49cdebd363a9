package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;

/**
 * Two rings of different creators met (ipam.md 10, F10). They cannot be merged; but one from which
 * nobody has an address can be given up. Stateless.
 */
final class SeedConflict {
  private SeedConflict() {}

  /**
   * Whether we give up our ring for theirs: when ours is unused and theirs is not. Of two unused
   * ones the one with the higher seeds goes, so that they do not swap for ever.
   */
  static boolean mustYield(Ring mine, Ring theirs, boolean hasNoAddress) {
    return RingMerge.isSeededDifferently(mine, theirs)
        && mine.universe().equals(theirs.universe())
        && hasNoAddress
        && isUnused(mine)
        && (!isUnused(theirs) || compare(mine.seeds(), theirs.seeds()) > 0);
  }

  /** Whether everybody has what the creation gave it, all of it free; versions tell of restarts. */
  private static boolean isUnused(Ring ring) {
    List<RingEntry> created = Ring.seeded(ring.universe(), ring.self(), ring.seeds()).entries();
    List<RingEntry> present = ring.entries();
    if (present.size() != created.size()) {
      return false;
    }
    for (int i = 0; i < present.size(); i++) {
      RingEntry asCreated = created.get(i).raisedTo(present.get(i).version());
      if (!present.get(i).equals(asCreated)) {
        return false;
      }
    }
    return true;
  }

  private static int compare(List<PeerName> a, List<PeerName> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = a.get(i).compareTo(b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}
