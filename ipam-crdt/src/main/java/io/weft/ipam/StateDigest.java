package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Collection;
import java.util.OptionalLong;

/**
 * Hashes of what all peers come to have in common (docs/protocol.md): equal wherever that is equal,
 * whoever computes them. Stateless.
 */
final class StateDigest {
  private static final long STEP = 0x9e3779b97f4a7c15L;
  private static final long FIRST_FACTOR = 0xbf58476d1ce4e5b9L;
  private static final long SECOND_FACTOR = 0x94d049bb133111ebL;

  private StateDigest() {}

  /** Of nicknames and ring, but not of who keeps the ring and when; empty without a ring. */
  static OptionalLong of(GossipState state) {
    Ring ring = state.ring();
    if (ring == null) {
      return OptionalLong.empty();
    }
    long hash = mix(mix(0, ring.universe().start()), ring.universe().end());
    for (RingEntry entry : ring.entries()) {
      hash = mix(mix(hash, entry.token()), entry.peer().value());
      hash = mix(mix(hash, entry.version()), entry.free());
    }
    hash = mix(hash, of(ring.seeds()));
    for (var nickname : state.nicknames().entrySet()) {
      // In no order: a sum does not depend on it.
      hash += mix(mix(1, nickname.getKey().value()), text(nickname.getValue()));
    }
    return OptionalLong.of(hash);
  }

  /** Of names in order. */
  static long of(Collection<PeerName> names) {
    long hash = 2;
    for (PeerName name : names) {
      hash = mix(hash, name.value());
    }
    return hash;
  }

  private static long text(String text) {
    long hash = 3;
    for (int i = 0; i < text.length(); i++) {
      hash = mix(hash, text.charAt(i));
    }
    return hash;
  }

  private static long mix(long hash, long value) {
    long z = hash + value + STEP;
    z = (z ^ (z >>> 30)) * FIRST_FACTOR;
    z = (z ^ (z >>> 27)) * SECOND_FACTOR;
    return z ^ (z >>> 31);
  }
}
