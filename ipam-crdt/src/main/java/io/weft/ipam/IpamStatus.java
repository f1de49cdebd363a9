package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The allocator at one moment, for {@code /status}, {@code /status/ipam} and {@code /report}
 * (ipam.md 9). Immutable.
 *
 * @param status the text after {@code Status:} (9.1)
 * @param universe the shared range
 * @param defaultSubnet where allocations without a subnet come from
 * @param universeSize addresses in the universe
 * @param activeAddresses addresses of the universe that we have handed out
 * @param paxos null unless the first ring is being agreed
 * @param entries ring ranges in address order, a wrapping one as two
 * @param owners shares of the universe, ourselves first
 * @param pendingClaims claims that wait
 * @param pendingAllocates allocations that wait, each as {@code IDENT SUBNET}
 */
public record IpamStatus(
    String status,
    Cidr universe,
    Cidr defaultSubnet,
    long universeSize,
    long activeAddresses,
    @Nullable Bootstrap paxos,
    List<Entry> entries,
    List<Owner> owners,
    List<Claim> pendingClaims,
    List<String> pendingAllocates) {

  /** Takes copies of the lists. */
  public IpamStatus {
    entries = List.copyOf(entries);
    owners = List.copyOf(owners);
    pendingClaims = List.copyOf(pendingClaims);
    pendingAllocates = List.copyOf(pendingAllocates);
  }

  /** Owners in the ring that the topology does not know. */
  public long unreachableOwners() {
    return owners.stream().filter(owner -> !owner.isKnown()).count();
  }

  /** Their share of the universe in percent. */
  public double unreachablePercent() {
    return owners.stream().filter(owner -> !owner.isKnown()).mapToDouble(Owner::percent).sum();
  }

  /**
   * The agreement on the first ring.
   *
   * @param isElector whether we vote
   * @param knownNodes acceptors heard of, including ourselves
   * @param quorum votes needed
   */
  public record Bootstrap(boolean isElector, int knownNodes, int quorum) {}

  /**
   * One range of the ring.
   *
   * @param token first address, dotted
   * @param size addresses
   * @param peer owner
   * @param nickname owner's nickname, empty when unknown
   * @param isKnownPeer whether the owner is in the topology
   * @param version version of the entry
   */
  public record Entry(
      String token, long size, PeerName peer, String nickname, boolean isKnownPeer, long version) {}

  /**
   * A claim that waits.
   *
   * @param ident for whom
   * @param cidr what
   */
  public record Claim(String ident, Cidr cidr) {}

  /**
   * One peer's share.
   *
   * @param peer owner
   * @param nickname owner's nickname, empty when unknown
   * @param addresses how many it owns
   * @param percent of the universe
   * @param isSelf whether it is us
   * @param isKnown whether the topology knows it; always true for us
   * @param active addresses in use when it is us, else 0
   */
  public record Owner(
      PeerName peer,
      String nickname,
      long addresses,
      double percent,
      boolean isSelf,
      boolean isKnown,
      long active) {

    /** The line of {@code /status/ipam} without its end (9.2). */
    public String line() {
      String suffix = isKnown ? "" : "- unreachable!";
      if (isSelf) {
        suffix = "(" + active + " active)";
      }
      return String.format(
          Locale.ROOT,
          "%-37s %8d IPs (%04.1f%% of total) %s",
          peer + "(" + nickname + ")",
          addresses,
          percent,
          suffix);
    }
  }
}
