package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Optional;

/** Who takes whose space when a peer leaves (ipam.md 2.6, 6.6). Conductor thread only. */
final class Succession {
  private final PeerName self;
  private final LocalState state;
  private final Nicknames nicknames;
  private final MeshView mesh;

  Succession(PeerName self, LocalState state, Nicknames nicknames, MeshView mesh) {
    this.self = self;
    this.state = state;
    this.nicknames = nicknames;
    this.mesh = mesh;
  }

  /**
   * Who gets our space: the first owner in the ring that the mesh knows, else the first such peer
   * at all. Never one that is gone, with which the space would be lost (10, F2).
   */
  Optional<PeerName> heir() {
    if (state.ring().isEmpty()) {
      return Optional.empty();
    }
    return state.ring().entries().stream()
        .map(RingEntry::peer)
        .filter(this::isOtherAndKnown)
        .findFirst()
        .or(() -> nicknames.peers().stream().filter(this::isOtherAndKnown).findFirst());
  }

  private boolean isOtherAndKnown(PeerName peer) {
    return !peer.equals(self) && mesh.isKnown(peer);
  }

  /**
   * The peer meant by a nickname or a name, when there is something of it to take.
   *
   * @param isForced whether a reachable peer may be meant, too; by its name, as a nickname may have
   *     passed to another
   * @throws IpamException when it is reachable: it would go on using its space
   */
  Optional<PeerName> victim(String nicknameOrName, boolean isForced) throws IpamException {
    // A host that was set up anew has the nickname of its former self, which is the one meant.
    PeerName peer =
        nicknames.find(nicknameOrName, this::isGoneOwner).orElseGet(() -> named(nicknameOrName));
    if (peer.equals(self) || !state.ring().owners().contains(peer)) {
      return Optional.empty();
    }
    boolean isMeantAlive = isForced && peer.equals(named(nicknameOrName));
    if (mesh.isKnown(peer) && !isMeantAlive) {
      throw new IpamException(
          "peer %s is still reachable: stop it before its IPs are taken over"
              .formatted(nicknames.describe(peer)));
    }
    return Optional.of(peer);
  }

  private boolean isGoneOwner(PeerName peer) {
    return state.ring().owners().contains(peer) && !mesh.isKnown(peer) && !peer.equals(self);
  }

  private static PeerName named(String text) {
    try {
      return PeerName.parse(text);
    } catch (IllegalArgumentException e) {
      return PeerName.UNKNOWN;
    }
  }
}
