package io.weft.gossip.channel;

import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;

/**
 * State on its way to a neighbour. It is encoded only when the connection can take it, so that what
 * leaves is always the newest, and merges with what is still waiting (mesh.md 8.4).
 */
public interface GossipData {
  /** The payloads to send, one message each; may be empty. */
  List<byte[]> encode();

  /** As {@link #encode}, but each payload may be made only when it is asked for. */
  default Iterator<byte[]> payloads() {
    return encode().iterator();
  }

  /** Bytes this data holds that exist nowhere else; 0 for what is encoded from present state. */
  default int heldBytes() {
    return 0;
  }

  /**
   * A hash, if this data is a complete state: equal wherever that is equal. Neighbours that know
   * such hashes get it periodically in place of the state (docs/protocol.md); who has another one
   * exchanges the state. Empty to send the state itself.
   */
  default OptionalLong digest() {
    return OptionalLong.empty();
  }

  /** This data and {@code later} in one; may return either. Both are of the same channel. */
  GossipData merge(GossipData later);
}
