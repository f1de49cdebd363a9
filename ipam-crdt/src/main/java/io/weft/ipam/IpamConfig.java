package io.weft.ipam;

import io.weft.gossip.PeerName;

/**
 * What the allocator is started with.
 *
 * @param self our name
 * @param uid unsigned 64-bit number chosen anew at each process start (ipam.md 4.3)
 * @param nickname our nickname
 * @param universe all addresses there are to share
 * @param defaultSubnet where allocations without a subnet come from
 * @param mode how the first ring is made
 * @param reclaiming whether space of peers that are gone is taken over without an operator
 */
public record IpamConfig(
    PeerName self,
    long uid,
    String nickname,
    Cidr universe,
    Cidr defaultSubnet,
    BootstrapMode mode,
    Reclaiming reclaiming) {

  /**
   * Checks what the options must satisfy together.
   *
   * @throws InvalidAddressException when the universe ends at 2^32 or the default subnet lies
   *     outside it (ipam.md 1)
   */
  public static IpamConfig of(
      PeerName self,
      long uid,
      String nickname,
      Cidr universe,
      Cidr defaultSubnet,
      BootstrapMode mode)
      throws InvalidAddressException {
    if (universe.range().end() == Ipv4.LIMIT) {
      throw new InvalidAddressException(
          "IP address allocation range %s includes 255.255.255.255, which cannot be shared"
              .formatted(universe));
    }
    if (!defaultSubnet.range().overlaps(universe.range())) {
      throw new InvalidAddressException(
          "IP address allocation default subnet %s does not overlap with allocation range %s"
              .formatted(defaultSubnet, universe));
    }
    return new IpamConfig(self, uid, nickname, universe, defaultSubnet, mode, Reclaiming.NEVER);
  }

  /** The same with another setting of {@code --ipalloc-reclaim-after}. */
  public IpamConfig withReclaiming(Reclaiming setting) {
    return new IpamConfig(self, uid, nickname, universe, defaultSubnet, mode, setting);
  }
}
