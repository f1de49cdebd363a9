package io.weft.gossip;

import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;

/**
 * Names of peers in ascending order, each once, at 8 bytes each: every connection may have those of
 * the whole mesh waiting. Immutable.
 */
final class PackedNames extends AbstractCollection<PeerName> {
  private final long[] values;

  private PackedNames(long[] values) {
    this.values = values;
  }

  static PackedNames of(Collection<PeerName> names) {
    return names instanceof PackedNames packed
        ? packed
        : new PackedNames(names.stream().mapToLong(PeerName::value).sorted().distinct().toArray());
  }

  /** The names of both. */
  PackedNames with(PackedNames other) {
    long[] merged = new long[values.length + other.values.length];
    int count = 0;
    int mine = 0;
    int theirs = 0;
    while (mine < values.length || theirs < other.values.length) {
      boolean takesMine =
          theirs == other.values.length
              || (mine < values.length && values[mine] <= other.values[theirs]);
      long next = takesMine ? values[mine++] : other.values[theirs++];
      if (count == 0 || merged[count - 1] != next) {
        merged[count++] = next;
      }
    }
    return count == values.length ? this : new PackedNames(Arrays.copyOf(merged, count));
  }

  /** Those whose values a condition holds for. */
  PackedNames only(LongPredicate condition) {
    return new PackedNames(Arrays.stream(values).filter(condition).toArray());
  }

  @Override
  public Iterator<PeerName> iterator() {
    return LongStream.of(values).mapToObj(PeerName::new).iterator();
  }

  @Override
  public int size() {
    return values.length;
  }
}
