package io.weft.fastpath;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Which addresses leave the kernel's table. Conductor thread. */
final class KernelMacs {
  private KernelMacs() {}

  /** Addresses behind a short id that has another peer now are behind nobody known. */
  static void forgetOwners(
      BpfTables tables, SortedMap<Integer, PeerName> before, SortedMap<Integer, PeerName> now) {
    List<Integer> changed =
        before.entrySet().stream()
            .filter(entry ->
                now.containsKey(entry.getKey())
                    && !entry.getValue().equals(now.get(entry.getKey())))
            .map(Map.Entry::getKey)
            .toList();
    if (changed.isEmpty()) {
      return;
    }
    for (BpfTables.MacRecord mac : tables.macsOrNone()) {
      if (changed.contains(mac.owner())) {
        tables.removeMac(mac.mac());
      }
    }
  }

  /** Those that nobody has seen for ten minutes, and those of peers that are gone. */
  static void expire(BpfTables tables, ForwardingState state, long nowNanos) {
    for (BpfTables.MacRecord mac : tables.macsOrNone()) {
      boolean old = nowNanos - mac.seenNanos() > FastdpProtocol.MAC_EXPIRY_NANOS;
      boolean ownerGone = mac.owner() < FastdpProtocol.SHORT_IDS && !state.forwardsTo(mac.owner());
      if (old || ownerGone) {
        tables.removeMac(mac.mac());
      }
    }
  }
}
