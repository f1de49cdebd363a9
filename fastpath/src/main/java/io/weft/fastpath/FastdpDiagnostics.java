package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.linux.LinuxException;
import io.weft.sleeve.LaneCounters;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What report and metrics say of the kernel overlay. Conductor thread. */
final class FastdpDiagnostics {
  private static final System.Logger LOGGER = System.getLogger(FastdpDiagnostics.class.getName());
  private static final String[] TRAFFIC = {
    "sent packets", "sent bytes", "received packets", "received bytes", "dropped frames"
  };

  private FastdpDiagnostics() {}

  /** Every counter by its name in lower case, and the traffic of each neighbour that has some. */
  static SortedMap<String, Object> of(
      BpfTables tables, LaneCounters<LaneCounter> lanes, Map<Integer, PeerName> peers) {
    SortedMap<String, Object> all = new TreeMap<>();
    all.put("datapath", "VXLAN by eBPF");
    for (LaneCounter counter : LaneCounter.values()) {
      all.put(counter.name().toLowerCase(Locale.ROOT), lanes.get(counter));
    }
    try {
      for (FastdpCounter counter : FastdpCounter.values()) {
        all.put(counter.name().toLowerCase(Locale.ROOT), tables.count(counter));
      }
      for (Map.Entry<Integer, PeerName> peer : peers.entrySet()) {
        long[] traffic = tables.traffic(peer.getKey());
        for (int i = 0; i < TRAFFIC.length && Arrays.stream(traffic).sum() > 0; i++) {
          all.put(peer.getValue() + " " + TRAFFIC[i], traffic[i]);
        }
      }
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "no counters of the kernel", e);
    }
    return all;
  }
}
