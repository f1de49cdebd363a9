package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.LinuxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How the tables of the router before become ours, whatever its version. Maps that look like ours
 * are used as they are; of others that mean the same the entries are copied before our programs
 * take the place of theirs, so frames pass all the time. What a map of a name means never changes,
 * see {@link Layout}.
 */
final class TableHandover implements AutoCloseable {
  /** Without one of these frames would not pass, so it is all of them or nothing. */
  private static final Set<Layout.Map> NEEDED =
      EnumSet.of(
          Layout.Map.CONFIG,
          Layout.Map.MACS,
          Layout.Map.ROUTES,
          Layout.Map.HOPS,
          Layout.Map.TREES,
          Layout.Map.SOURCES);

  private static final int TYPE_HASH = 1;
  private static final int TYPE_ARRAY = 2;
  private static final int TYPE_PER_CPU_HASH = 5;
  private static final int TYPE_PER_CPU_ARRAY = 6;

  private final List<BpfMap> existing;
  private final boolean possible;

  /** Of maps that are there, which this closes; none when there was no router before. */
  TableHandover(List<BpfMap> existing) {
    this.existing = existing;
    possible =
        NEEDED.stream()
            .map(Layout.Map::description)
            .allMatch(wanted ->
                find(existing, wanted.name()).filter(map -> isLike(map, wanted)).isPresent());
  }

  /** Whether we go on with what is there. */
  boolean isPossible() {
    return possible;
  }

  /** Those that stand in for ours as they are. */
  List<BpfMap> kept() {
    if (!possible) {
      return List.of();
    }
    return Arrays.stream(Layout.Map.values())
        .map(Layout.Map::description)
        .flatMap(wanted ->
            find(existing, wanted.name()).filter(map -> map.description().equals(wanted)).stream())
        .toList();
  }

  /** Copies what is in the others into ours, which no program uses yet. */
  void fill(List<BpfMap> fresh) throws IOException {
    if (!possible) {
      return;
    }
    for (BpfMap to : fresh) {
      Optional<BpfMap> from =
          find(existing, to.description().name())
              .filter(map -> !map.description().equals(to.description()))
              .filter(map -> isLike(map, to.description()));
      if (from.isPresent()) {
        copy(from.get(), to);
      }
    }
  }

  @Override
  public void close() {
    existing.forEach(BpfMap::close);
  }

  private static Optional<BpfMap> find(List<BpfMap> maps, String name) {
    return maps.stream().filter(map -> map.description().name().equals(name)).findFirst();
  }

  /** Whether entries of a map can become those of another of the same name. */
  private static boolean isLike(BpfMap map, BpfMap.Description other) {
    BpfMap.Description description = map.description();
    return description.type() == other.type() && description.keyBytes() == other.keyBytes();
  }

  /** Copies as many entries as fit; values are cut, or filled up with zeros. */
  static void copy(BpfMap from, BpfMap to) throws IOException {
    switch (from.description().type()) {
      case TYPE_HASH, TYPE_ARRAY -> copyPlain(from, to);
      case TYPE_PER_CPU_ARRAY -> copyPerCpu(from, to, indexes(from, to));
      case TYPE_PER_CPU_HASH -> copyPerCpu(from, to, shortIds());
      default -> {
        // What a ring buffer holds is of no use to another router.
      }
    }
  }

  private static void copyPlain(BpfMap from, BpfMap to) throws LinuxException {
    int keyBytes = to.description().keyBytes();
    int valueBytes = to.description().valueBytes();
    int common = Math.min(valueBytes, from.description().valueBytes());
    ByteBuffer key = buffer(keyBytes);
    ByteBuffer value = buffer(valueBytes);
    int most = to.description().maxEntries();
    boolean array = to.description().type() == TYPE_ARRAY;
    LinuxException[] failure = new LinuxException[1];
    int[] copied = new int[1];
    from.forEach((keys, at, values, valueAt) -> {
      boolean fits = array ? keys.getInt(at) < most : copied[0] < most;
      if (!fits || failure[0] != null) {
        return;
      }
      key.put(0, keys, at, keyBytes);
      value.put(0, values, valueAt, common);
      try {
        to.put(key, value);
        copied[0]++;
      } catch (LinuxException e) {
        failure[0] = e;
      }
    });
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  private static List<Integer> indexes(BpfMap from, BpfMap to) {
    List<Integer> all = new ArrayList<>();
    int most = Math.min(from.description().maxEntries(), to.description().maxEntries());
    for (int index = 0; index < most; index++) {
      all.add(index);
    }
    return all;
  }

  private static List<Integer> shortIds() {
    List<Integer> all = new ArrayList<>();
    for (int shortId = 0; shortId < FastdpProtocol.SHORT_IDS; shortId++) {
      all.add(shortId);
    }
    return all;
  }

  /** The kernel gives and takes the values of all CPUs at once, each in whole words. */
  private static void copyPerCpu(BpfMap from, BpfMap to, List<Integer> keys) throws IOException {
    int cpus = BpfMap.possibleCpus();
    int fromBytes = wholeWords(from.description().valueBytes());
    int toBytes = wholeWords(to.description().valueBytes());
    ByteBuffer key = buffer(Integer.BYTES);
    ByteBuffer old = buffer(fromBytes * cpus);
    ByteBuffer value = buffer(toBytes * cpus);
    for (int number : keys) {
      if (from.get(key.putInt(0, number), old)) {
        for (int cpu = 0; cpu < cpus; cpu++) {
          value.put(cpu * toBytes, old, cpu * fromBytes, Math.min(fromBytes, toBytes));
        }
        to.put(key, value);
      }
    }
  }

  private static int wholeWords(int bytes) {
    return (bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
