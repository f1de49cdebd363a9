package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Optional;

/**
 * Who owns which part of the universe (ipam.md 2). Immutable: operations answer with a new ring.
 * May hold what a peer sent unchecked; {@link #violation()} tells.
 */
public final class Ring {
  private final AddressRange universe;
  private final PeerName self;
  private final List<RingEntry> entries;
  private final List<PeerName> seeds;

  /**
   * A ring as received or stored.
   *
   * @param universe the range shared, not wrapping
   * @param self the peer that keeps this copy
   * @param entries in token order
   * @param seeds the creators in order; none when they are not known
   */
  public Ring(AddressRange universe, PeerName self, List<RingEntry> entries, List<PeerName> seeds) {
    this.universe = universe;
    this.self = self;
    this.entries = List.copyOf(entries);
    this.seeds = List.copyOf(seeds);
  }

  /** The range shared. */
  public AddressRange universe() {
    return universe;
  }

  /** The peer that keeps this copy. */
  public PeerName self() {
    return self;
  }

  /** All tokens in order. */
  public List<RingEntry> entries() {
    return entries;
  }

  /** The creators in order; none when they are not known. */
  public List<PeerName> seeds() {
    return seeds;
  }

  /** The first invariant of ipam.md 2.2 that does not hold, in its words. */
  public Optional<String> violation() {
    return Optional.empty();
  }
}
