package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;

/** How the first ring comes to be: {@code --ipalloc-init} (ipam.md 4.1). */
public sealed interface BootstrapMode {
  /**
   * Takes part in Paxos.
   *
   * @param clusterSize expected peers, from which the quorum follows; 0 to derive it from the
   *     targets at the moment it is needed
   */
  record Consensus(int clusterSize) implements BootstrapMode {
    /** Checks the size. */
    public Consensus {
      if (clusterSize < 0) {
        throw new IllegalArgumentException("cluster size must not be negative: " + clusterSize);
      }
    }
  }

  /**
   * Creates the ring at once from a list that must be the same everywhere.
   *
   * @param peers names in any order; none behaves like {@code consensus}
   */
  record Seed(List<PeerName> peers) implements BootstrapMode {
    /** Takes a copy of the list. */
    public Seed {
      peers = List.copyOf(peers);
    }
  }

  /** Neither proposes nor votes; waits for the ring of others. */
  record Observer() implements BootstrapMode {}
}
