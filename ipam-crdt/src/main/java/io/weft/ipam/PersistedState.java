package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything the allocator must not forget (ipam.md 7). Immutable.
 *
 * @param self name of the peer that wrote it
 * @param ring its ring; without entries before the first one exists
 * @param owned addresses in use, by identity
 * @param paxos the agreement on the first ring, while there is none
 * @param quarantine ranges of ours that other peers take for their own, by peer
 * @param votes what we have said about takeovers, by vanished peer
 * @param isClean whether the process stopped in order after writing it
 */
public record PersistedState(
    PeerName self,
    Ring ring,
    Map<String, OwnedAddresses> owned,
    Optional<PaxosMemory> paxos,
    Map<PeerName, List<AddressRange>> quarantine,
    Map<PeerName, Vote> votes,
    boolean isClean) {

  /** Takes copies of the maps. */
  public PersistedState {
    owned = Collections.unmodifiableMap(new TreeMap<>(owned));
    quarantine = Map.copyOf(quarantine);
    votes = Map.copyOf(votes);
  }

  /** The state as bytes with format version and checksum. */
  public byte[] encode() {
    return PersistedStateCodec.encode(this);
  }

  /**
   * Reads what {@link #encode()} wrote.
   *
   * @throws CorruptStateException when it is not that, in any way
   */
  public static PersistedState decode(byte[] bytes) throws CorruptStateException {
    return PersistedStateCodec.decode(bytes);
  }
}
