package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Collection;

/** A hash over who owns what in a ring, by which neighbours find out whether theirs differs. */
final class RingDigest {
  private RingDigest() {}

  /** Rings with equal tokens, owners, versions and seeds have equal hashes. */
  static long of(Ring ring) {
    long sum = 0;
    for (RingEntry entry : ring.entries()) {
      long hash = mix(entry.token());
      hash = mix(hash + entry.peer().value());
      sum += mix(hash + entry.version());
    }
    return sum + mix(of(ring.seeds()));
  }

  /** A hash of 32 bits over the tokens and versions of one peer's entries. */
  static long of(Ring ring, PeerName peer) {
    long sum = 0;
    for (RingEntry entry : ring.entries()) {
      if (entry.peer().equals(peer)) {
        sum += mix(mix(entry.token()) + entry.version());
      }
    }
    return (sum ^ (sum >>> Integer.SIZE)) & IpamProtocol.MAX_VERSION;
  }

  /** A hash over names in any order. */
  static long of(Collection<PeerName> names) {
    long sum = 0;
    for (PeerName name : names) {
      sum += mix(~name.value());
    }
    return sum;
  }

  /** The finalizer of SplitMix64, as docs/protocol.md has it. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
