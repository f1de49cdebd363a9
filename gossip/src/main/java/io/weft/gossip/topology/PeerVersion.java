package io.weft.gossip.topology;

import io.weft.gossip.PeerName;

/**
 * Which record of a peer somebody has.
 *
 * @param uid unsigned 64 bits; 0 for none
 * @param version unsigned 64 bits
 * @param hasShortId whether the record has a short id
 */
public record PeerVersion(PeerName name, long uid, long version, boolean hasShortId) {
  /** No record at all. */
  static PeerVersion nothing(PeerName name) {
    return new PeerVersion(name, 0, 0, false);
  }

  static PeerVersion of(Peer peer) {
    return new PeerVersion(peer.name(), peer.uid(), peer.version(), peer.shortId() != null);
  }

  static PeerVersion of(PeerRecord record) {
    return new PeerVersion(record.name(), record.uid(), record.version(), record.shortId() != null);
  }

  /** The next version. It stays at the highest: going round to 0 would make us unheard for ever. */
  static long successor(long version) {
    return version == -1L ? version : version + 1;
  }

  static boolean isNewer(PeerRecord incoming, Peer stored) {
    return of(incoming).isNewerThan(of(stored));
  }

  /** Whether this record wins over another of the same peer: the table of mesh.md 6.3. */
  public boolean isNewerThan(PeerVersion other) {
    int byVersion = Long.compareUnsigned(version, other.version);
    if (byVersion != 0) {
      return byVersion > 0;
    }
    int byUid = Long.compareUnsigned(uid, other.uid);
    if (byUid != 0) {
      return byUid > 0;
    }
    return hasShortId && !other.hasShortId;
  }
}
