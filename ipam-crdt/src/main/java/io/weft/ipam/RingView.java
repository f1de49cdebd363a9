package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/**
 * The ranges of a ring in address order, each made when it is looked at: a snapshot of a large ring
 * then costs no more than a small one's. Immutable.
 */
final class RingView extends AbstractList<IpamStatus.Entry> implements RandomAccess {
  private final List<RingEntry> entries;
  private final AddressRange universe;
  private final Map<PeerName, IpamStatus.Owner> owners = new HashMap<>();

  /** 1 when the last entry's range goes on at the beginning of the universe, else 0. */
  private final int wrapped;

  /**
   * Prepares a view.
   *
   * @param ring its entries do not change any more
   * @param owners of all its entries
   */
  RingView(Ring ring, List<IpamStatus.Owner> owners) {
    entries = ring.entries();
    universe = ring.universe();
    wrapped = entries.isEmpty() || entries.getFirst().token() == universe.start() ? 0 : 1;
    owners.forEach(owner -> this.owners.put(owner.peer(), owner));
  }

  @Override
  public IpamStatus.Entry get(int index) {
    int position = index - wrapped;
    boolean isWrapped = position < 0;
    RingEntry entry = isWrapped ? entries.getLast() : entries.get(position);
    long start = isWrapped ? universe.start() : entry.token();
    long end = position + 1 < entries.size() ? entries.get(position + 1).token() : universe.end();
    IpamStatus.Owner owner = owners.get(entry.peer());
    return new IpamStatus.Entry(
        Ipv4.format(start),
        end - start,
        entry.peer(),
        owner == null ? "" : owner.nickname(),
        owner != null && owner.isKnown(),
        entry.version());
  }

  @Override
  public int size() {
    return entries.size() + wrapped;
  }
}
