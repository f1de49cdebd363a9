package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import java.util.IdentityHashMap;

/**
 * Memory for what waits to be relayed, on all connections together and for new routes: each
 * connection has a bound of its own, but there may be hundreds. A payload that goes to many of them
 * exists once and counts once. Conductor thread only.
 */
final class RelayRoom {
  private final IdentityHashMap<byte[], Integer> holders = new IdentityHashMap<>();
  private long stateBytes;
  private long unicastBytes;
  private long largeUnicastBytes;

  /** Takes hold of data; false, and nothing done, when there is no room for what is new of it. */
  boolean hold(GossipData data) {
    if (data.heldBytes() == 0) {
      return true;
    }
    long added = 0;
    for (byte[] payload : data.encode()) {
      added += holders.containsKey(payload) ? 0 : payload.length;
    }
    if (added > 0 && stateBytes + added > MeshConstants.MAX_RELAYED_BYTES) {
      return false;
    }
    stateBytes += added;
    for (byte[] payload : data.encode()) {
      holders.merge(payload, 1, Integer::sum);
    }
    return true;
  }

  /** Takes one {@link #hold} back. */
  void release(GossipData data) {
    if (data.heldBytes() == 0) {
      return;
    }
    for (byte[] payload : data.encode()) {
      if (holders.merge(payload, -1, Integer::sum) == 0) {
        holders.remove(payload);
        stateBytes -= payload.length;
      }
    }
  }

  /** Merges data of which both are held; what comes of it is held in their place. */
  GossipData merge(GossipData waiting, GossipData later) {
    GossipData merged = waiting.merge(later);
    // Never fails: nothing of it is new, and something may have been left out.
    hold(merged);
    release(later);
    release(waiting);
    return merged;
  }

  /** Takes room for a unicast, if there is some; of the large ones only one waits at a time. */
  boolean holdUnicast(int bytes) {
    boolean isLarge = isLarge(bytes);
    long limit =
        isLarge || largeUnicastBytes > 0
            ? MeshConstants.MAX_UNICAST_BYTES_BESIDE
            : MeshConstants.MAX_RELAYED_UNICAST_BYTES;
    if (isLarge ? largeUnicastBytes > 0 || unicastBytes > limit : unicastBytes + bytes > limit) {
      return false;
    }
    count(bytes, 1);
    return true;
  }

  /** Takes {@link #holdUnicast} back. */
  void releaseUnicast(int bytes) {
    count(bytes, -1);
  }

  private void count(int bytes, int sign) {
    if (isLarge(bytes)) {
      largeUnicastBytes += (long) sign * bytes;
    } else {
      unicastBytes += (long) sign * bytes;
    }
  }

  private static boolean isLarge(int bytes) {
    return bytes > MeshConstants.MAX_RELAYED_UNICAST_BYTES;
  }

  /** Payload bytes of state that wait. */
  long stateBytes() {
    return stateBytes;
  }

  /** Bytes of unicasts that wait. */
  long unicastBytes() {
    return unicastBytes + largeUnicastBytes;
  }
}
