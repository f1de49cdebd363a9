package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What is known of a subnet that requests wait for: who has denied it, and since when nobody who
 * can be asked has any of it. Conductor thread only.
 */
final class Shortage {
  private final Set<PeerName> deniers = new HashSet<>();
  private long fullSinceNanos = Timed.NEVER;

  /** A peer has nothing free there. */
  void denied(PeerName peer) {
    deniers.add(peer);
  }

  boolean hasDenied(PeerName peer) {
    return deniers.contains(peer);
  }

  /**
   * Nothing of ours is free.
   *
   * @param donors those who say that they have something free, and can be asked
   */
  void observe(Collection<PeerName> donors, long nowNanos) {
    deniers.retainAll(donors);
    if (!deniers.containsAll(donors)) {
      fullSinceNanos = Timed.NEVER;
    } else if (fullSinceNanos == Timed.NEVER) {
      fullSinceNanos = nowNanos;
    }
  }

  /** Since when it is full; {@link Timed#NEVER} when it is not known to be. */
  long fullSinceNanos() {
    return fullSinceNanos;
  }
}
