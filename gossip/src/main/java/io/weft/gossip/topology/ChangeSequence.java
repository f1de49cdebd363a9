package io.weft.gossip.topology;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Messages with changes of many peers, each made from the present state when it is asked for: a
 * neighbour that reads slowly then costs one message, not the whole topology.
 */
final class ChangeSequence implements Iterator<byte[]> {
  private final Iterator<PeerVersion> asked;
  private final Function<PeerVersion, @Nullable PeerChange> changes;

  /** What did not fit the last message; looked up anew for the next. */
  private @Nullable PeerVersion postponed;

  private @Nullable PeerChange first;

  /**
   * A sequence.
   *
   * @param asked what the other end has
   * @param changes what it lacks; null for nothing
   */
  ChangeSequence(Iterator<PeerVersion> asked, Function<PeerVersion, @Nullable PeerChange> changes) {
    this.asked = asked;
    this.changes = changes;
  }

  @Override
  public boolean hasNext() {
    while (first == null && (postponed != null || asked.hasNext())) {
      PeerVersion version = postponed == null ? asked.next() : postponed;
      postponed = null;
      first = changes.apply(version);
    }
    return first != null;
  }

  @Override
  public byte[] next() {
    if (!hasNext() || first == null) {
      throw new NoSuchElementException("every change has been encoded");
    }
    List<PeerChange> chunk = new ArrayList<>(List.of(first));
    int bytes = DeltaCodec.size(first);
    first = null;
    while (asked.hasNext() && chunk.size() < Topology.MAX_PEERS) {
      PeerVersion version = asked.next();
      PeerChange change = changes.apply(version);
      if (change == null) {
        continue;
      }
      bytes += DeltaCodec.size(change);
      if (bytes > DeltaCodec.CHUNK_BYTES) {
        postponed = version;
        break;
      }
      chunk.add(change);
    }
    return DeltaCodec.encode(new DeltaMessage.Delta(chunk));
  }
}
