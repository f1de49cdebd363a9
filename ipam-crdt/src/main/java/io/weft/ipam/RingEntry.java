package io.weft.ipam;

import io.weft.gossip.PeerName;
import org.jspecify.annotations.Nullable;

/**
 * One token of the ring: where a peer's range starts (ipam.md 2.1). It runs to the next token.
 *
 * @param token first address of the range
 * @param peer owner
 * @param version unsigned 32 bits; only the owner counts it up
 * @param free roughly how many of its addresses are free, unsigned 32 bits
 */
public record RingEntry(long token, PeerName peer, long version, long free) {
  /** Checks the bounds. */
  public RingEntry {
    if (!isUnsigned32(token) || !isUnsigned32(version) || !isUnsigned32(free)) {
      throw new IllegalArgumentException(
          "ring entry out of range: token %d, version %d, free %d".formatted(token, version, free));
    }
  }

  // As records have them, but rings are compared entry by entry with each message of a peer, and
  // what a record is given takes several times as long.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof RingEntry that
            && token == that.token
            && version == that.version
            && free == that.free
            && peer.value() == that.peer.value());
  }

  @Override
  public int hashCode() {
    int hash = Long.hashCode(token);
    hash = 31 * hash + peer.hashCode();
    hash = 31 * hash + Long.hashCode(version);
    return 31 * hash + Long.hashCode(free);
  }

  private static boolean isUnsigned32(long value) {
    return value >= 0 && value < Ipv4.LIMIT;
  }

  RingEntry withFree(long newFree) {
    return new RingEntry(token, peer, version, newFree);
  }

  RingEntry withOwner(PeerName owner, long versionStep) {
    return new RingEntry(token, owner, raised(version, versionStep), free);
  }

  RingEntry raisedTo(long newVersion) {
    return new RingEntry(token, peer, newVersion, free);
  }

  /** Stops at the highest version: starting over at 0 would lose to every old copy. */
  static long raised(long version, long step) {
    return Math.min(version + step, IpamProtocol.MAX_VERSION);
  }
}
