package io.weft.sleeve;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Finds the confirmed forwarder of a neighbour by the name in a datagram, without boxing. Open
 * addressing at a load of at most one half; never changed once published.
 */
final class ForwarderTable {
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  private final long[] names;
  private final @Nullable SleeveForwarder[] forwarders;
  private final int shift;

  /** A table of these forwarders, each under its neighbour's name. */
  ForwarderTable(Collection<SleeveForwarder> entries) {
    int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, entries.size())) + 1;
    names = new long[1 << bits];
    forwarders = new @Nullable SleeveForwarder[1 << bits];
    shift = Long.SIZE - bits;
    for (SleeveForwarder forwarder : entries) {
      int slot = slot(forwarder.remotePeer());
      names[slot] = forwarder.remotePeer();
      forwarders[slot] = forwarder;
    }
  }

  /** The forwarder of the neighbour with this name, or null. */
  @Nullable SleeveForwarder get(long name) {
    return forwarders[slot(name)];
  }

  private int slot(long name) {
    int mask = names.length - 1;
    int slot = (int) ((name * SPREAD) >>> shift);
    while (forwarders[slot] != null && names[slot] != name) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
