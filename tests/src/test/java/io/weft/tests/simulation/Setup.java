package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.BootstrapMode;
import io.weft.ipam.Cidr;
import io.weft.ipam.InvalidAddressException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What all routers of a simulation are launched with. Small meshes are full ones; large ones are
 * sparse, since N routers that discover each other have N times N connections.
 *
 * @param universe so few addresses that routers run out of their own and must ask each other
 * @param mode how the first ring is made
 * @param discovery whether routers dial whom they hear of
 * @param password seals every connection; null for none
 * @param reclaims whether space of hosts that are long gone is taken over without an operator
 * @param stableHosts this many first hosts always come back, so that others find somebody to dial
 */
record Setup(
    Cidr universe,
    BootstrapMode mode,
    boolean discovery,
    @Nullable String password,
    boolean reclaims,
    int stableHosts) {
  static final int PORT = 6783;

  private static final int LARGEST_FULL_MESH = 20;
  private static final int LARGEST_CONSENSUS = 100;
  private static final int ADDRESSES_PER_HOST = 12;

  /** Draws a setup for a number of hosts. */
  static Setup of(List<PeerName> hosts, SplittableRandom random) {
    int count = hosts.size();
    int stable = Math.min(5, (count + 1) / 2);
    boolean full = count <= LARGEST_FULL_MESH && random.nextInt(4) > 0;
    boolean sealed = full && random.nextInt(8) == 0;
    return new Setup(
        universe(count),
        count <= LARGEST_CONSENSUS
            ? new BootstrapMode.Consensus(count)
            : new BootstrapMode.Seed(hosts.subList(0, stable)),
        full,
        sealed ? "password" : null,
        random.nextInt(4) == 0,
        stable);
  }

  /** So many addresses that there are some for each host. */
  static Cidr universe(int hosts) {
    int bits = 32 - Integer.numberOfLeadingZeros(hosts * ADDRESSES_PER_HOST - 1);
    try {
      return Cidr.parseSubnet("10.32.0.0/" + (32 - bits));
    } catch (InvalidAddressException e) {
      throw new AssertionError(e);
    }
  }
}
