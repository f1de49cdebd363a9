package io.weft.fastpath;

import io.weft.linux.BpfMap;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the programs' maps look like; {@code fastdp.h} says the same, a test compares the two.
 *
 * <p>The next version of the router takes over what is in the maps of this one, and the other way
 * round, see {@link TableHandover}. So a map keeps its name only as long as its entries mean the
 * same: fields and counters keep their places, new ones come behind them, and zero means what held
 * before there was the field. What means something else is a map of another name.
 */
final class Layout {
  static final int TREE_HOPS = 254;
  static final int PORTS = 1_024;

  static final int ACTIVE = 1;
  static final int OWNER_LOCAL = 0xffff;
  static final int OWNER_OUTSIDE = 0xfffe;
  static final int ROUTE_UNKNOWN = 0;
  static final int ROUTE_SELF = 1;
  static final int ROUTE_NONE = 2;
  static final int ROUTE_PUNT = 3;
  static final int ROUTE_VIA = 0x1_0000;
  static final int HOP_VXLAN = 1;
  static final int HOP_PUNT = 2;
  static final int EVENT_HEARTBEAT = 1;
  static final int EVENT_LEARNED = 2;
  static final int EVENT_MOVED = 3;
  static final int PUNT_ETHERTYPE = 0x88b5;

  /** Bytes of the header in front of a punted frame; its two short ids. */
  static final int PUNT_BYTES = 14;

  static final int PUNT_SOURCE_OFFSET = 8;
  static final int PUNT_DESTINATION_OFFSET = 10;
  static final int PUNT_ETHERTYPE_OFFSET = 12;

  static final int CONFIG_BYTES = 16;
  static final int MAC_BYTES = 24;
  static final int HOP_BYTES = 16;
  static final int TREE_BYTES = 4 + 2 * TREE_HOPS;
  static final int TRAFFIC_BYTES = 40;
  static final int EVENT_BYTES = 64;
  static final int EVENT_HEAD_OFFSET = 32;
  static final int EVENT_MAC_OFFSET = 24;

  /** A map of a program whose layout this class knows. */
  enum Map {
    CONFIG(2, 4, CONFIG_BYTES, 1, 0),
    MACS(1, 8, MAC_BYTES, 65_536, 1),
    ROUTES(2, 4, 4, FastdpProtocol.SHORT_IDS, 0),
    HOPS(1, 4, HOP_BYTES, FastdpProtocol.SHORT_IDS, 1),
    TREES(1, 4, TREE_BYTES, FastdpProtocol.SHORT_IDS, 1),
    SOURCES(1, 4, 4, FastdpProtocol.SHORT_IDS, 1),
    PORTS(1, 4, 4, Layout.PORTS, 1),
    TRAFFIC(5, 4, TRAFFIC_BYTES, FastdpProtocol.SHORT_IDS, 1),
    COUNTERS(6, 4, 8, FastdpCounter.values().length, 0),
    EVENTS(27, 0, 0, 256 * 1024, 0);

    private final int type;
    private final int keyBytes;
    private final int valueBytes;
    private final int maxEntries;
    private final int flags;

    Map(int type, int keyBytes, int valueBytes, int maxEntries, int flags) {
      this.type = type;
      this.keyBytes = keyBytes;
      this.valueBytes = valueBytes;
      this.maxEntries = maxEntries;
      this.flags = flags;
    }

    BpfMap.Description description() {
      return new BpfMap.Description(
          "weft_" + name().toLowerCase(Locale.ROOT), type, keyBytes, valueBytes, maxEntries, flags);
    }
  }

  /** The names of all maps. */
  static List<String> names() {
    return Arrays.stream(Map.values()).map(map -> map.description().name()).toList();
  }

  private Layout() {}
}
