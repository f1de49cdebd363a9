package io.weft.sleeve.v2;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Finds what opens a datagram by its index. Open addressing at a load of at most one half; never
 * changed once published.
 */
final class SessionTable {
  private static final int SPREAD = 0x9e3779b9;

  private final @Nullable ReceiveSession[] slots;
  private final int shift;

  SessionTable(Collection<ReceiveSession> sessions) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, sessions.size())) + 1;
    slots = new @Nullable ReceiveSession[1 << bits];
    shift = Integer.SIZE - bits;
    for (ReceiveSession session : sessions) {
      slots[slot(session.index())] = session;
    }
  }

  /** The session with this index, or null. */
  @Nullable ReceiveSession get(int index) {
    return slots[slot(index)];
  }

  private int slot(int index) {
    int slot = (index * SPREAD) >>> shift;
    ReceiveSession there = slots[slot];
    while (there != null && there.index() != index) {
      slot = (slot + 1) & (slots.length - 1);
      there = slots[slot];
    }
    return slot;
  }
}
