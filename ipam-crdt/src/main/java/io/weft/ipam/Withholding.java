package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of our addresses are given to nobody for now, and why: all of them while we do not know
 * enough after a start, those in quarantine later. Conductor thread only.
 */
final class Withholding {
  private final LocalState state;
  private final StartHold hold;
  private final Quarantine quarantine;
  private final Sightings sightings;

  Withholding(LocalState state, StartHold hold, Quarantine quarantine, Sightings sightings) {
    this.state = state;
    this.hold = hold;
    this.quarantine = quarantine;
    this.sightings = sightings;
  }

  /**
   * Brings the space up to date.
   *
   * @return whether something may be given away that could not before
   */
  boolean refresh() {
    long before = state.space().countWithheld();
    if (hold.expire()) {
      endLearning();
    }
    boolean isHeld = heldReason() != null;
    AddressSet withheld =
        isHeld ? AddressSet.of(List.of(state.ring().universe())) : quarantine.withheld();
    state.withhold(withheld, isHeld);
    return state.space().countWithheld() < before;
  }

  /** Looks which owners are there. */
  void look() {
    sightings.look();
  }

  /** Owners whose ring we must see to know what we own. */
  List<PeerName> toAskAtOnce() {
    return hold.toAsk();
  }

  /** Peers whose ring tells whether they agree by now; to be asked every few seconds. */
  List<PeerName> toAskNow() {
    return quarantine.toAsk();
  }

  /** From now on the entries with our name are our own writing again. */
  private void endLearning() {
    if (hold.isSearchFailed()) {
      quarantine.suspect(
          state.ring().self(),
          state.owned().ranges(),
          "this host's state was lost and it could not be searched for addresses in use");
    }
    state.setRing(state.ring().skipVersions(IpamProtocol.UNCLEAN_VERSION_GAP));
  }

  /** Why nothing of ours at all is handed out; null when something may be. */
  @Nullable String heldReason() {
    return hold.reason()
        .orElse(
            sightings.isFenced()
                ? "most owners of the ring were not seen for half of --ipalloc-reclaim-after,"
                    + " and may be taking this host's space over"
                : null);
  }

  /** Why none of our addresses, or not all, are handed out now; nothing when all are. */
  Optional<String> reason() {
    Optional<String> held = Optional.ofNullable(heldReason());
    if (held.isPresent() || state.space().countWithheld() == 0) {
      return held;
    }
    return Optional.of(
        "%d addresses of this host are in quarantine".formatted(state.space().countWithheld()));
  }
}
