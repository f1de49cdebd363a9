package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Nicknames by peer, in the order of names. Immutable, in two arrays: every message about the ring
 * brings those of everybody, and nearly always the same ones, so that comparing them in order is
 * most of what is done with them.
 */
final class NicknameTable extends AbstractMap<PeerName, String> {
  private final long[] names;
  private final String[] texts;

  private NicknameTable(long[] names, String[] texts) {
    this.names = names;
    this.texts = texts;
  }

  /** The table of a map, which is that map if it is a table. */
  static NicknameTable of(Map<PeerName, String> map) {
    if (map instanceof NicknameTable table) {
      return table;
    }
    long[] names = new long[map.size()];
    String[] texts = new String[map.size()];
    int count = 0;
    for (Map.Entry<PeerName, String> entry : map.entrySet()) {
      names[count] = entry.getKey().value();
      texts[count++] = entry.getValue();
    }
    return ofPairs(names, texts);
  }

  /** A table of pairs in any order, whose arrays it keeps; of one name the last pair counts. */
  static NicknameTable ofPairs(long[] names, String[] texts) {
    for (int i = 1; i < names.length; i++) {
      if (names[i - 1] >= names[i]) {
        return sorted(names, texts);
      }
    }
    return new NicknameTable(names, texts);
  }

  private static NicknameTable sorted(long[] names, String[] texts) {
    Map<PeerName, String> map = new TreeMap<>();
    for (int i = 0; i < names.length; i++) {
      map.put(new PeerName(names[i]), texts[i]);
    }
    return of(map);
  }

  /** The name at a place, as a number. */
  long nameAt(int place) {
    return names[place];
  }

  /** The nickname at a place. */
  String textAt(int place) {
    return texts[place];
  }

  /** This table with another nickname for some peers, or for more of them. */
  NicknameTable with(Map<PeerName, String> others) {
    Map<PeerName, String> all = new TreeMap<>(this);
    all.putAll(others);
    return of(all);
  }

  @Override
  public @Nullable String get(@Nullable Object name) {
    int place = name instanceof PeerName peer ? Arrays.binarySearch(names, peer.value()) : -1;
    return place < 0 ? null : texts[place];
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return get(name) != null;
  }

  @Override
  public int size() {
    return names.length;
  }

  @Override
  public Set<Map.Entry<PeerName, String>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<PeerName, String>> iterator() {
        return new Entries();
      }

      @Override
      public int size() {
        return names.length;
      }
    };
  }

  private final class Entries implements Iterator<Map.Entry<PeerName, String>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < names.length;
    }

    @Override
    public Map.Entry<PeerName, String> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int place = next++;
      return Map.entry(new PeerName(names[place]), texts[place]);
    }
  }
}
