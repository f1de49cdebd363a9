package io.weft.fastpath;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The neighbours behind outer source addresses, and the connections to them: immutable, lookups do
 * not allocate.
 */
final class UserVxlanSources {
  private final int[] addresses;
  private final UserVxlanForwarder[] forwarders;
  private final long[] connectionUids;

  /** The forwarders, of which those have addresses that may take frames. */
  UserVxlanSources(Collection<UserVxlanForwarder> confirmed) {
    Map<Integer, UserVxlanForwarder> byAddress = new TreeMap<>();
    for (UserVxlanForwarder forwarder : confirmed) {
      if (forwarder.mayCarry()) {
        byAddress.put(forwarder.remote(), forwarder);
      }
    }
    addresses = byAddress.keySet().stream().mapToInt(Integer::intValue).toArray();
    forwarders = byAddress.values().toArray(UserVxlanForwarder[]::new);
    connectionUids =
        confirmed.stream().mapToLong(UserVxlanForwarder::connectionUid).sorted().toArray();
  }

  /** Whether a heartbeat names a connection of ours; strangers do not know any. */
  boolean has(long connectionUid) {
    return Arrays.binarySearch(connectionUids, connectionUid) >= 0;
  }

  /** The neighbour that sends from an address, or null. */
  @Nullable UserVxlanForwarder get(int address) {
    int low = 0;
    int high = addresses.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (addresses[middle] == address) {
        return forwarders[middle];
      }
      if (addresses[middle] < address) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }
}
