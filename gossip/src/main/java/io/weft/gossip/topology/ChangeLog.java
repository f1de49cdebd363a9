package io.weft.gossip.topology;

import java.util.Arrays;

/**
 * Which connections of one peer changed at which of its versions, as far back as is kept. It tells
 * what somebody lacks who has an older version; versions compare as unsigned numbers.
 *
 * <p>A change is noted at the version at which we heard of it. The owner may have made it earlier,
 * so whoever asks gets rather too much than too little. Changes there and back again are here too,
 * because the one who asks may have heard in between: so the difference of two records is not
 * enough, and a record that came whole begins the log anew.
 */
final class ChangeLog {
  private static final int MIN_KEPT = 32;

  private long[] versions = {};
  private long[] names = {};
  private int count;

  /** Changes after this version are all here. */
  private long floor;

  /** Forgets everything: what is known begins with this version. */
  void restart(long version) {
    versions = new long[0];
    names = new long[0];
    count = 0;
    floor = version;
  }

  /**
   * Notes changes, which come in order of version.
   *
   * @param changed values of names
   * @param connections how many connections the peer has now; at most twice as many are kept
   */
  void note(long version, long[] changed, int connections) {
    int limit = Math.max(MIN_KEPT, 2 * connections);
    if (changed.length > limit) {
      restart(version);
      return;
    }
    int excess = Math.max(0, count + changed.length - limit);
    if (excess > 0) {
      floor = versions[excess - 1];
      count -= excess;
      System.arraycopy(versions, excess, versions, 0, count);
      System.arraycopy(names, excess, names, 0, count);
    }
    if (count + changed.length > versions.length) {
      int capacity = Math.min(limit, Math.max(count + changed.length, versions.length * 2));
      versions = Arrays.copyOf(versions, capacity);
      names = Arrays.copyOf(names, capacity);
    }
    Arrays.fill(versions, count, count + changed.length, version);
    System.arraycopy(changed, 0, names, count, changed.length);
    count += changed.length;
  }

  /** Whether every change after a version is known. */
  boolean reaches(long version) {
    return Long.compareUnsigned(version, floor) >= 0;
  }

  /** Names changed after a version, by value in ascending order, each once. */
  long[] since(long version) {
    int first = count;
    while (first > 0 && Long.compareUnsigned(versions[first - 1], version) > 0) {
      first--;
    }
    return Arrays.stream(names, first, count).sorted().distinct().toArray();
  }
}
