package io.weft.router.forwarding;

import java.util.Collection;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from 48-bit numbers: open addressing, at most half full. Finding allocates
 * nothing; any thread.
 *
 * @param <V> the values, each of which knows its key
 */
public final class LongMap<V> {
  private final long[] keys;
  private final @Nullable Object[] values;
  private final int mask;

  private LongMap(int slots) {
    keys = new long[slots];
    values = new Object[slots];
    mask = slots - 1;
  }

  /** A map without entries. */
  public static <V> LongMap<V> empty() {
    return new LongMap<>(2);
  }

  /** A map of values by their keys; of two with one key the first wins. */
  public static <V> LongMap<V> of(Collection<V> values, ToLongFunction<V> key) {
    int slots = Integer.highestOneBit(Math.max(1, values.size()) * 4 - 1);
    LongMap<V> map = new LongMap<>(slots);
    for (V value : values) {
      map.put(key.applyAsLong(value), value);
    }
    return map;
  }

  /** The value of a key, or null. */
  @SuppressWarnings("unchecked") // Only values of type V are ever put in.
  public @Nullable V find(long key) {
    return (V) values[slotOf(key)];
  }

  private void put(long key, V value) {
    int slot = slotOf(key);
    if (values[slot] == null) {
      keys[slot] = key;
      values[slot] = value;
    }
  }

  /** The slot of the key, or the free slot where its search ends. */
  private int slotOf(long key) {
    int slot = LongHash.of(key) & mask;
    while (values[slot] != null && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
