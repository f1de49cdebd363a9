package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The owners of a ring in the order of names, in an array: every merged ring has a set of its own,
 * and most are asked who is in it and nothing else. Immutable.
 */
final class OwnerSet extends AbstractSet<PeerName> {
  private final long[] values;

  private OwnerSet(long[] values) {
    this.values = values;
  }

  static OwnerSet of(List<RingEntry> entries) {
    long[] all = new long[entries.size()];
    int size = 0;
    for (RingEntry entry : entries) {
      all[size++] = entry.peer().value();
    }
    Arrays.sort(all);
    int count = 0;
    for (long value : all) {
      if (count == 0 || all[count - 1] != value) {
        all[count++] = value;
      }
    }
    return new OwnerSet(Arrays.copyOf(all, count));
  }

  @Override
  public boolean contains(@Nullable Object name) {
    return name instanceof PeerName peer && Arrays.binarySearch(values, peer.value()) >= 0;
  }

  @Override
  public boolean containsAll(Collection<?> others) {
    if (!(others instanceof OwnerSet that)) {
      return super.containsAll(others);
    }
    int place = 0;
    for (long value : that.values) {
      while (place < values.length && values[place] < value) {
        place++;
      }
      if (place == values.length || values[place] != value) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int size() {
    return values.length;
  }

  @Override
  public Iterator<PeerName> iterator() {
    return Arrays.stream(values).mapToObj(PeerName::new).iterator();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OwnerSet that
        ? Arrays.equals(values, that.values)
        : super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
