package io.weft.gossip.topology;

import io.weft.gossip.gob.GobWriter;
import java.util.HashMap;
import java.util.Map;

/**
 * Records as bytes, kept until the owner forgets them for the next neighbour that asks. They take
 * several times the memory of the records, so only so much of them is kept, the first that were
 * asked for; each of the others is made again. Conductor thread only.
 */
final class EncodedRecords {
  /** Our choice: all records of a full mesh of 200. */
  static final long MAX_BYTES = 2L << 20;

  /**
   * What a peer said.
   *
   * @param edition {@link Peer#edition} at that time
   */
  private record Kept(int edition, EncodedRecord record) {}

  private final Map<Peer, Kept> kept = new HashMap<>();
  private final GobWriter writer = EncodedRecord.writer();
  private long bytes;

  /** What a peer says now; the same object as before when that is kept and nothing has changed. */
  EncodedRecord of(Peer peer) {
    Kept known = kept.get(peer);
    if (known != null && known.edition == peer.edition()) {
      return known.record;
    }
    EncodedRecord record = EncodedRecord.of(peer, writer);
    long without = bytes - (known == null ? 0 : known.record.size());
    if (without + record.size() <= MAX_BYTES) {
      kept.put(peer, new Kept(peer.edition(), record));
      bytes = without + record.size();
    } else if (known != null) {
      kept.remove(peer);
      bytes = without;
    }
    return record;
  }

  /** Keeps nothing any more. */
  void forget() {
    kept.clear();
    bytes = 0;
  }

  /** Bytes of what is kept. */
  long bytes() {
    return bytes;
  }
}
