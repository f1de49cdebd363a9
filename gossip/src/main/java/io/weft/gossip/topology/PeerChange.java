package io.weft.gossip.topology;

/**
 * A newer record of a peer, whole or as the difference from an older one.
 *
 * @param record with all connections if whole, else with those added or altered
 * @param isWhole whether it stands for itself
 * @param baseVersion version of the oldest record it can be applied to, of the same UID; 0 if whole
 * @param removed values of names to which connections were removed; none if whole
 */
public record PeerChange(PeerRecord record, boolean isWhole, long baseVersion, long[] removed) {
  private static final long[] NOBODY = {};

  /** Which record it leads to. */
  public PeerVersion version() {
    return PeerVersion.of(record);
  }

  static PeerChange whole(PeerRecord record) {
    return new PeerChange(record, true, 0, NOBODY);
  }

  static PeerChange since(long baseVersion, PeerRecord record, long[] removed) {
    return new PeerChange(record, false, baseVersion, removed);
  }
}
