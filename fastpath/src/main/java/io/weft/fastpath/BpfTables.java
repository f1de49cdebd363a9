package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.LinuxException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The maps of the programs, read and written in the layouts of {@link Layout}. Conductor thread.
 * What the kernel refuses is logged and counted: the next change of the same entry is another try.
 */
final class BpfTables implements KernelTables, AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(BpfTables.class.getName());

  private final Map<Layout.Map, BpfMap> maps = new EnumMap<>(Layout.Map.class);
  private final ByteBuffer key = buffer(Integer.BYTES);
  private final ByteBuffer longKey = buffer(Long.BYTES);
  private final ByteBuffer word = buffer(Integer.BYTES);
  private final ByteBuffer config = buffer(Layout.CONFIG_BYTES);
  private final ByteBuffer mac = buffer(Layout.MAC_BYTES);
  private final ByteBuffer hop = buffer(Layout.HOP_BYTES);
  private final ByteBuffer tree = buffer(Layout.TREE_BYTES);
  private final ByteBuffer traffic;
  private final ByteBuffer counter;
  private long refused;

  /** An address in the kernel's table. */
  record MacRecord(long mac, int owner, long seenNanos) {}

  /** Takes the maps over. */
  BpfTables(List<BpfMap> all) throws java.io.IOException {
    for (Layout.Map place : Layout.Map.values()) {
      for (BpfMap map : all) {
        if (map.description().name().equals(place.description().name())) {
          maps.put(place, map);
        }
      }
    }
    int cpus = BpfMap.possibleCpus();
    traffic = buffer(Layout.TRAFFIC_BYTES * cpus);
    counter = buffer(Long.BYTES * cpus);
  }

  BpfMap events() {
    return map(Layout.Map.EVENTS);
  }

  /** Our short id if the programs are carrying frames. */
  OptionalInt activeShortId() throws LinuxException {
    boolean there = map(Layout.Map.CONFIG).get(key.putInt(0, 0), config);
    boolean active = there && (config.getInt(12) & Layout.ACTIVE) != 0;
    return active ? OptionalInt.of(config.getInt(0)) : OptionalInt.empty();
  }

  /** Sets where the programs send frames that leave the overlay; they begin when active. */
  void putConfig(int shortId, int portIndex, int puntIndex, boolean active) {
    config.putInt(0, shortId).putInt(4, portIndex).putInt(8, puntIndex);
    config.putInt(12, active ? Layout.ACTIVE : 0);
    put(Layout.Map.CONFIG, key.putInt(0, 0), config);
  }

  /** Gives what the kernel goes by to a state that knows nothing yet. */
  void adopt(ForwardingState state, long nowNanos) throws LinuxException {
    map(Layout.Map.ROUTES)
        .forEach((keys, at, values, valueAt) ->
            state.adoptRoute(keys.getInt(at), values.getInt(valueAt)));
    map(Layout.Map.HOPS)
        .forEach((keys, at, values, valueAt) ->
            state.adoptHop(keys.getInt(at), readHop(values, valueAt), nowNanos));
    map(Layout.Map.TREES)
        .forEach((keys, at, values, valueAt) ->
            state.adoptTree(keys.getInt(at), readTree(values, valueAt)));
    map(Layout.Map.SOURCES)
        .forEach((keys, at, values, valueAt) ->
            state.adoptSource(keys.getInt(at), values.getInt(valueAt)));
  }

  @Override
  public void putRoute(int destination, int route) {
    put(Layout.Map.ROUTES, key.putInt(0, destination), word.putInt(0, route));
  }

  @Override
  public void putHop(int neighbour, Hop to) {
    hop.putShort(0, (short) to.kind()).putShort(2, (short) to.mtu());
    hop.putInt(4, to.linkIndex()).putInt(8, to.remote());
    put(Layout.Map.HOPS, key.putInt(0, neighbour), hop.putInt(12, to.local()));
    try {
      if (!map(Layout.Map.TRAFFIC).get(key, traffic)) {
        traffic.put(0, new byte[traffic.capacity()]);
        map(Layout.Map.TRAFFIC).put(key, traffic);
      }
    } catch (LinuxException e) {
      note(e);
    }
  }

  @Override
  public void removeHop(int neighbour) {
    remove(Layout.Map.HOPS, key.putInt(0, neighbour));
    remove(Layout.Map.TRAFFIC, key);
  }

  @Override
  public void putTree(int source, Tree to) {
    tree.putShort(0, (short) to.hops().size()).putShort(2, (short) (to.punt() ? 1 : 0));
    for (int i = 0; i < to.hops().size(); i++) {
      tree.putShort(4 + 2 * i, to.hops().get(i).shortValue());
    }
    put(Layout.Map.TREES, key.putInt(0, source), tree);
  }

  @Override
  public void removeTree(int source) {
    remove(Layout.Map.TREES, key.putInt(0, source));
  }

  @Override
  public void putSource(int address, int neighbour) {
    put(Layout.Map.SOURCES, key.putInt(0, address), word.putInt(0, neighbour));
  }

  @Override
  public void removeSource(int address) {
    remove(Layout.Map.SOURCES, key.putInt(0, address));
  }

  /** Notes that an address has an owner since {@code nowNanos}. */
  void putMac(long address, int owner, long nowNanos) {
    mac.putLong(0, nowNanos).putLong(8, nowNanos).putInt(16, owner);
    put(Layout.Map.MACS, longKey.putLong(0, address), mac);
  }

  void removeMac(long address) {
    remove(Layout.Map.MACS, longKey.putLong(0, address));
  }

  /** Whose an address is: a short id, or one of {@link Layout}'s owners; empty for nobody's. */
  OptionalInt owner(long address) throws LinuxException {
    boolean there = map(Layout.Map.MACS).get(longKey.putLong(0, address), mac);
    return there ? OptionalInt.of(mac.getInt(16)) : OptionalInt.empty();
  }

  /** How the programs reach a short id, one of {@link Layout}'s routes. */
  int route(int destination) throws LinuxException {
    boolean there = map(Layout.Map.ROUTES).get(key.putInt(0, destination), word);
    return there ? word.getInt(0) : Layout.ROUTE_UNKNOWN;
  }

  /** How the programs reach a neighbour; null when they do not. */
  @Nullable Hop hop(int neighbour) throws LinuxException {
    boolean there = map(Layout.Map.HOPS).get(key.putInt(0, neighbour), hop);
    return there ? readHop(hop, 0) : null;
  }

  /** Whether the programs take frames from an address. */
  boolean hasSource(int address) throws LinuxException {
    return map(Layout.Map.SOURCES).get(key.putInt(0, address), word);
  }

  /** All addresses. */
  List<MacRecord> macs() throws LinuxException {
    List<MacRecord> records = new ArrayList<>();
    map(Layout.Map.MACS)
        .forEach((keys, at, values, valueAt) ->
            records.add(
                new MacRecord(
                    keys.getLong(at), values.getInt(valueAt + 16), values.getLong(valueAt))));
    return records;
  }

  /** As {@link #macs}; none when the kernel does not answer. */
  List<MacRecord> macsOrNone() {
    try {
      return macs();
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "the kernel''s addresses: {0}", e.getMessage());
      return List.of();
    }
  }

  /** As {@link #traffic}; zeros also when the kernel does not answer. */
  long[] trafficOrZeros(int neighbour) {
    try {
      return traffic(neighbour);
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "no counters of a neighbour", e);
      return new long[Layout.TRAFFIC_BYTES / Long.BYTES];
    }
  }

  /** Packets and bytes sent, packets and bytes received, frames dropped; zeros when unknown. */
  long[] traffic(int neighbour) throws LinuxException {
    return map(Layout.Map.TRAFFIC).sums(key.putInt(0, neighbour), traffic);
  }

  /** Total of a counter. */
  @SuppressWarnings("EnumOrdinal") // The header's enumeration has the same order.
  long count(FastdpCounter which) throws LinuxException {
    return map(Layout.Map.COUNTERS).sums(key.putInt(0, which.ordinal()), counter)[0];
  }

  /** Changes that the kernel has refused. */
  long refused() {
    return refused;
  }

  @Override
  public void close() {
    maps.values().forEach(BpfMap::close);
  }

  private static Hop readHop(ByteBuffer values, int at) {
    return new Hop(
        Short.toUnsignedInt(values.getShort(at)),
        Short.toUnsignedInt(values.getShort(at + 2)),
        values.getInt(at + 4),
        values.getInt(at + 8),
        values.getInt(at + 12));
  }

  private static Tree readTree(ByteBuffer values, int at) {
    List<Integer> hops = new ArrayList<>();
    int count = Math.min(Short.toUnsignedInt(values.getShort(at)), Layout.TREE_HOPS);
    for (int i = 0; i < count; i++) {
      hops.add(Short.toUnsignedInt(values.getShort(at + 4 + 2 * i)));
    }
    return new Tree(hops, values.getShort(at + 2) != 0);
  }

  private BpfMap map(Layout.Map place) {
    BpfMap map = maps.get(place);
    if (map == null) {
      throw new IllegalStateException("the programs have no map " + place.description().name());
    }
    return map;
  }

  private void put(Layout.Map place, ByteBuffer mapKey, ByteBuffer value) {
    try {
      map(place).put(mapKey, value);
    } catch (LinuxException e) {
      note(e);
    }
  }

  private void remove(Layout.Map place, ByteBuffer mapKey) {
    try {
      // Whether it was there does not matter: it is gone now.
      boolean _ = map(place).remove(mapKey);
    } catch (LinuxException e) {
      note(e);
    }
  }

  private void note(LinuxException e) {
    refused++;
    LOGGER.log(Level.WARNING, "the kernel''s tables: {0}", e.getMessage());
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
