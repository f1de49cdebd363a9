package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
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
 * @param isLearning whether the entries of the ring with our name are not known to be our own
 *     writing, since state was lost before and others have not all said yet what they know
 * @param isClean whether the process stopped in order after writing it
 */
public record PersistedState(
    PeerName self,
    Ring ring,
    Map<String, OwnedAddresses> owned,
    Optional<PaxosMemory> paxos,
    Map<PeerName, List<AddressRange>> quarantine,
    Map<PeerName, Vote> votes,
    boolean isLearning,
    boolean isClean) {

  /** Takes copies of the maps. */
  public PersistedState {
    owned = Collections.unmodifiableMap(new TreeMap<>(owned));
    quarantine = Map.copyOf(quarantine);
    votes = Map.copyOf(votes);
  }

  /**
   * The state that a Weave Net router has left in its database (ipam.md 7). Whether it stopped in
   * order cannot be told.
   *
   * @param name value of the key {@code peername}
   * @param ring of {@code ring}
   * @param owned of {@code ownedAddresses}, empty when there is none
   * @throws CorruptStateException when one of them cannot be read
   */
  public static PersistedState ofWeaveNet(byte[] name, byte[] ring, byte[] owned)
      throws CorruptStateException {
    try {
      Ring stored = StoredValues.decodeRing(ring);
      Optional<String> violation = stored.violation();
      if (violation.isPresent()) {
        throw new CorruptStateException(violation.get());
      }
      return new PersistedState(
          StoredValues.decodeName(name),
          stored,
          owned.length == 0 ? Map.of() : StoredValues.decodeOwned(owned),
          Optional.empty(),
          Map.of(),
          Map.of(),
          false,
          false);
    } catch (GobException e) {
      throw new CorruptStateException(String.valueOf(e.getMessage()), e);
    }
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
