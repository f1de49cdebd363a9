package io.weft.ipam;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of addresses as sorted ranges that do not touch. Mutable, for one thread.
 *
 * <p>Boundaries alternate: even places start a range, odd places end it. Every change copies at
 * most one array; the number of ranges is bounded by the addresses in use.
 */
final class AddressSet {
  private long[] bounds = new long[8];
  private int size;

  AddressSet() {}

  AddressSet(AddressSet other) {
    bounds = Arrays.copyOf(other.bounds, Math.max(other.size, 2));
    size = other.size;
  }

  /** The addresses of ranges in any order, which may touch and overlap. */
  static AddressSet of(Collection<AddressRange> ranges) {
    List<AddressRange> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(AddressRange::start));
    AddressSet set = new AddressSet();
    set.bounds = new long[2 * sorted.size()];
    for (AddressRange range : sorted) {
      if (!range.isEmpty()) {
        set.append(range.start(), range.end());
      }
    }
    return set;
  }

  /** Adds a range that starts no lower than the last one. */
  private void append(long start, long end) {
    if (size > 0 && bounds[size - 1] >= start) {
      bounds[size - 1] = Math.max(bounds[size - 1], end);
    } else {
      bounds[size++] = start;
      bounds[size++] = end;
    }
  }

  /** What is in both; takes time in proportion to the ranges of the two. */
  AddressSet and(AddressSet other) {
    return combine(other, false);
  }

  /** What is in this one and not in the other. */
  AddressSet minus(AddressSet other) {
    return combine(other, true);
  }

  private AddressSet combine(AddressSet other, boolean isOtherInverted) {
    AddressSet result = new AddressSet();
    result.bounds = new long[size + other.size];
    int i = 0;
    int j = 0;
    while (i < size || j < other.size) {
      long mine = i < size ? bounds[i] : Long.MAX_VALUE;
      long others = j < other.size ? other.bounds[j] : Long.MAX_VALUE;
      long at = Math.min(mine, others);
      i += mine == at ? 1 : 0;
      j += others == at ? 1 : 0;
      boolean isMember = (i & 1) == 1 && ((j & 1) == 1) != isOtherInverted;
      if (isMember != ((result.size & 1) == 1)) {
        result.bounds[result.size++] = at;
      }
    }
    return result;
  }

  boolean contains(long address) {
    return (boundsUpTo(address) & 1) == 1;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Number of addresses. */
  long count() {
    long sum = 0;
    for (int i = 0; i < size; i += 2) {
      sum += bounds[i + 1] - bounds[i];
    }
    return sum;
  }

  /** Number of addresses within a range. */
  long count(AddressRange within) {
    long sum = 0;
    for (int i = firstRangeEndingAfter(within.start()); i < size; i += 2) {
      if (bounds[i] >= within.end()) {
        break;
      }
      sum += Math.min(bounds[i + 1], within.end()) - Math.max(bounds[i], within.start());
    }
    return sum;
  }

  /** The lowest address within a range, or -1. */
  long lowest(AddressRange within) {
    int i = firstRangeEndingAfter(within.start());
    if (i >= size || within.isEmpty()) {
      return -1;
    }
    long address = Math.max(bounds[i], within.start());
    return address < within.end() ? address : -1;
  }

  /** The ranges, cut to {@code within}, in order. */
  List<AddressRange> ranges(AddressRange within) {
    List<AddressRange> found = new ArrayList<>();
    for (int i = firstRangeEndingAfter(within.start()); i < size; i += 2) {
      if (bounds[i] >= within.end()) {
        break;
      }
      found.add(
          new AddressRange(
              Math.max(bounds[i], within.start()), Math.min(bounds[i + 1], within.end())));
    }
    return found;
  }

  /** All ranges in order. */
  List<AddressRange> ranges() {
    return ranges(new AddressRange(0, Ipv4.LIMIT));
  }

  void add(AddressRange range) {
    replace(range, true);
  }

  void remove(AddressRange range) {
    replace(range, false);
  }

  /** Puts one state of membership over a range. */
  private void replace(AddressRange range, boolean member) {
    if (range.isEmpty()) {
      return;
    }
    // Boundaries strictly inside stay out; those that touch vanish when both sides are members.
    int from = boundsBelow(range.start());
    int to = boundsUpTo(range.end());
    boolean memberBefore = (from & 1) == 1;
    boolean memberAfter = (to & 1) == 1;
    long[] next = new long[size - (to - from) + 2];
    System.arraycopy(bounds, 0, next, 0, from);
    int at = from;
    if (memberBefore != member) {
      next[at++] = range.start();
    }
    if (memberAfter != member) {
      next[at++] = range.end();
    }
    System.arraycopy(bounds, to, next, at, size - to);
    size = at + (size - to);
    bounds = next;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AddressSet set
        && Arrays.equals(bounds, 0, size, set.bounds, 0, set.size);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(count());
  }

  @Override
  public String toString() {
    return ranges().toString();
  }

  /** Boundaries at or below the address. */
  private int boundsUpTo(long address) {
    int i = Arrays.binarySearch(bounds, 0, size, address);
    return i >= 0 ? i + 1 : -i - 1;
  }

  /** Boundaries below the address. */
  private int boundsBelow(long address) {
    int i = Arrays.binarySearch(bounds, 0, size, address);
    return i >= 0 ? i : -i - 1;
  }

  private int firstRangeEndingAfter(long address) {
    return boundsUpTo(address) & ~1;
  }
}
