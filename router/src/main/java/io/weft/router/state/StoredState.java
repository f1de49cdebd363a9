package io.weft.router.state;

import io.weft.gossip.PeerName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything the router must not forget.
 *
 * @param peerName our name, null before it was first derived
 * @param ipam the allocator's own encoding of its state, null when there is none
 * @param targets the peers an operator wants connected, as typed
 */
public record StoredState(
    @Nullable PeerName peerName, byte @Nullable [] ipam, List<String> targets) {
  /** What a new router has. */
  public static final StoredState EMPTY = new StoredState(null, null, List.of());

  /** Takes a copy of the list. */
  public StoredState {
    targets = List.copyOf(targets);
  }

  /** The same with another name. */
  public StoredState withPeerName(PeerName newName) {
    return new StoredState(newName, ipam, targets);
  }

  /** The same with another state of the allocator. */
  public StoredState withIpam(byte @Nullable [] newIpam) {
    return new StoredState(peerName, newIpam, targets);
  }

  /** The same with other targets. */
  public StoredState withTargets(List<String> newTargets) {
    return new StoredState(peerName, ipam, newTargets);
  }
}
