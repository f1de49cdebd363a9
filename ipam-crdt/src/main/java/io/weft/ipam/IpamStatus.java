package io.weft.ipam;

import static java.util.stream.Collectors.joining;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
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
 * @param entries ring ranges in address order, a wrapping one as two; each may be made anew when it
 *     is looked at, immutable
 * @param owners shares of the universe, ourselves first
 * @param pendingClaims claims that wait
 * @param pendingAllocates allocations that wait, each as {@code IDENT SUBNET}
 * @param health what the ring's owners do not agree about
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
    List<String> pendingAllocates,
    Health health) {

  /** Takes copies of the short lists. */
  public IpamStatus {
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
   * What keeps addresses out of use (docs/ipam.md).
   *
   * @param withheld why none of our addresses is handed out, null when some are
   * @param quarantined ranges of ours that another peer takes for its own
   * @param quarantinedAddresses how many unused addresses they have
   * @param disputed addresses in use on this host that the ring gives to another peer
   * @param contradictions contradictions between rings, since the start
   * @param waiting how many requests wait and why the first of them does; null when none does, and
   *     as long as there is no ring
   * @param isExhausted whether nobody who can be reached says that there is a free address in the
   *     default subnet; false as long as there is no ring
   */
  public record Health(
      @Nullable String withheld,
      List<Quarantined> quarantined,
      long quarantinedAddresses,
      List<Disputed> disputed,
      long contradictions,
      @Nullable String waiting,
      boolean isExhausted) {
    /** The usual state: nothing. */
    public static final Health GOOD = new Health(null, List.of(), 0, List.of(), 0, null, false);

    private static final int MAX_LINES = 100;

    /** Takes copies of the lists. */
    public Health {
      quarantined = List.copyOf(quarantined);
      disputed = List.copyOf(disputed);
    }

    /** Ranges in quarantine. */
    public long quarantinedRanges() {
      return quarantined.stream().mapToLong(one -> one.ranges().size()).sum();
    }

    /** Lines for below the owners in {@code /status/ipam}; none when all is well. */
    public List<String> lines() {
      List<String> lines = new ArrayList<>();
      if (withheld != null) {
        lines.add("Withheld: " + withheld);
      }
      quarantined.stream().limit(MAX_LINES).map(Quarantined::line).forEach(lines::add);
      disputed.stream().limit(MAX_LINES).map(Disputed::line).forEach(lines::add);
      if (disputed.size() > MAX_LINES) {
        lines.add("and %d more disputed addresses".formatted(disputed.size() - MAX_LINES));
      }
      if (waiting != null) {
        lines.add("Waiting: " + waiting);
      }
      return lines;
    }
  }

  /**
   * Ranges of ours that another peer takes for its own.
   *
   * @param ranges the addresses
   * @param peer who; ourselves when nobody knows what is in use there
   * @param nickname its nickname, empty when unknown
   * @param cause how that came to be
   */
  public record Quarantined(
      List<AddressRange> ranges, PeerName peer, String nickname, String cause) {
    /** Takes a copy of the list. */
    public Quarantined {
      ranges = List.copyOf(ranges);
    }

    /** One line for operators. */
    String line() {
      String first = ranges.stream().limit(4).map(Object::toString).collect(joining(", "));
      String more = ranges.size() > 4 ? " and %d more".formatted(ranges.size() - 4) : "";
      return "Quarantined: %s%s, because of %s(%s): %s"
          .formatted(first, more, peer, nickname, cause);
    }
  }

  /**
   * An address in use on this host that the ring gives to another peer.
   *
   * @param address dotted
   * @param ident who uses it here
   * @param owner who owns it
   * @param nickname the owner's nickname, empty when unknown
   * @param isDuplicate whether the owner has handed it out too
   */
  public record Disputed(
      String address, String ident, PeerName owner, String nickname, boolean isDuplicate) {
    /** One line for operators. */
    String line() {
      return isDuplicate
          ? "Duplicate: %s of %s is in use on %s(%s), too: stop one of the two"
              .formatted(address, ident, owner, nickname)
          : "Disputed: %s of %s belongs to %s(%s), claimed back"
              .formatted(address, ident, owner, nickname);
    }
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
