package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says why a request has waited in vain: one line with the reason, then who owns what of the
 * addresses in question, and who else waits. Conductor thread only.
 */
final class Explanation {
  private final Cidr defaultSubnet;
  private final LocalState state;
  private final Nicknames nicknames;
  private final Bootstrap bootstrap;
  private final MeshView mesh;
  private final Withholding withholding;

  Explanation(
      Cidr defaultSubnet,
      LocalState state,
      Nicknames nicknames,
      Bootstrap bootstrap,
      MeshView mesh,
      Withholding withholding) {
    this.defaultSubnet = defaultSubnet;
    this.state = state;
    this.nicknames = nicknames;
    this.bootstrap = bootstrap;
    this.mesh = mesh;
    this.withholding = withholding;
  }

  /** The whole text, without an end of line. */
  String of(Request request, long waitedNanos, Collection<? extends Request> waiting) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s after %s: %s".formatted(subject(request), duration(waitedNanos), reason(request)));
    if (state.ring().isEmpty()) {
      mesh.unconnectedTargets().stream()
          .limit(IpamProtocol.MAX_EXPLAINED)
          .forEach(target -> lines.add("not connected: " + target));
    } else {
      addOwners(request, lines);
    }
    addWaiting(waiting, lines);
    return String.join("\n", lines);
  }

  private static String subject(Request request) {
    return switch (request) {
      case AllocateRequest allocate -> "no free address in " + allocate.subnet();
      case ClaimRequest claim -> "cannot claim " + claim.cidr();
      case PrimeRequest prime -> "no address space";
    };
  }

  private AddressRange range(Request request) {
    return switch (request) {
      case AllocateRequest allocate -> allocate.subnet().range();
      case ClaimRequest claim -> AddressRange.single(claim.cidr().address());
      case PrimeRequest prime -> state.ring().universe();
    };
  }

  /** Why a request waits, in one line. */
  String reason(Request request) {
    if (state.ring().isEmpty()) {
      return bootstrapState();
    }
    return switch (request) {
      case AllocateRequest allocate -> shortage(allocate);
      case ClaimRequest claim -> foreignOwner(claim);
      case PrimeRequest prime -> "the ring has only just arrived";
    };
  }

  /** How far the agreement on the first ring has come (9.1). */
  private String bootstrapState() {
    IpamStatus.@Nullable Bootstrap paxos = bootstrap.status();
    if (paxos == null || !paxos.isElector()) {
      return "no peer has told us who owns which addresses";
    }
    return "awaiting consensus (quorum: %d, known: %d)"
        .formatted(paxos.quorum(), paxos.knownNodes());
  }

  private String shortage(AllocateRequest request) {
    Optional<String> withheld = withholding.reason();
    if (withheld.isPresent()) {
      return withheld.get();
    }
    Map<PeerName, Share> owners = owners(request);
    long unreachable = owners.values().stream().filter(share -> !share.isKnown).count();
    if (unreachable > 0) {
      return "%d of %d owners unreachable".formatted(unreachable, owners.size());
    }
    return owners.values().stream().allMatch(share -> share.free == 0)
        ? "all in use"
        : "its owners have given us none";
  }

  private String foreignOwner(ClaimRequest claim) {
    PeerName owner = state.ring().owner(claim.cidr().address());
    if (owner == null) {
      return "its owner is unknown";
    }
    if (owner.equals(state.ring().self())) {
      return withholding.reason().orElse("it is about to be taken");
    }
    return mesh.isKnown(owner)
        ? "its owner %s has not answered".formatted(nicknames.describe(owner))
        : "its owner %s is unreachable".formatted(nicknames.describe(owner));
  }

  private void addOwners(Request request, List<String> lines) {
    Map<PeerName, Share> owners = owners(request);
    owners.entrySet().stream()
        .limit(IpamProtocol.MAX_EXPLAINED)
        .forEach(owner ->
            lines.add(
                "%s owns %d, %d free%s%s"
                    .formatted(
                        nicknames.describe(owner.getKey()),
                        owner.getValue().addresses,
                        owner.getValue().free,
                        owner.getValue().isSelf ? "" : " as last reported",
                        owner.getValue().isKnown ? "" : ", unreachable")));
    addRest("owners", owners.size(), lines);
  }

  private void addWaiting(Collection<? extends Request> waiting, List<String> lines) {
    waiting.stream()
        .limit(IpamProtocol.MAX_EXPLAINED)
        .forEach(request ->
            lines.add(
                switch (request) {
                  case AllocateRequest allocate ->
                      "waiting: %s %s".formatted(allocate.ident(), allocate.subnet());
                  case ClaimRequest claim ->
                      "waiting: %s for %s".formatted(claim.ident(), claim.cidr());
                  case PrimeRequest prime -> "waiting: prime";
                }));
    addRest("requests", waiting.size(), lines);
  }

  private static void addRest(String what, int count, List<String> lines) {
    if (count > IpamProtocol.MAX_EXPLAINED) {
      lines.add("and %d more %s".formatted(count - IpamProtocol.MAX_EXPLAINED, what));
    }
  }

  /** What a peer has of a range; free is exact for ourselves, else at most what it reported. */
  private static final class Share {
    final boolean isSelf;
    final boolean isKnown;
    long addresses;
    long free;

    Share(boolean isSelf, boolean isKnown) {
      this.isSelf = isSelf;
      this.isKnown = isKnown;
    }
  }

  private Map<PeerName, Share> owners(Request request) {
    AddressRange range = range(request);
    // Nobody gets the first and the last address of the subnet asked for.
    AddressRange usable =
        request instanceof AllocateRequest allocate ? allocate.subnet().hostRange() : range;
    Ring ring = state.ring();
    Map<PeerName, Share> owners = new TreeMap<>();
    for (int i = 0; i < ring.entries().size(); i++) {
      RingEntry entry = ring.entries().get(i);
      boolean isSelf = entry.peer().equals(ring.self());
      long addresses = 0;
      long usableAddresses = 0;
      long free = 0;
      for (AddressRange part : ring.ranges(i)) {
        AddressRange common = part.clip(range);
        AddressRange given = part.clip(usable);
        addresses += common.size();
        usableAddresses += given.size();
        free += isSelf ? state.space().countFree(given) : 0;
      }
      if (addresses > 0) {
        Share share =
            owners.computeIfAbsent(
                entry.peer(), peer -> new Share(isSelf, isSelf || mesh.isKnown(peer)));
        share.addresses += addresses;
        long edges = areEdgesUnused(request) ? addresses - usableAddresses : 0;
        long reported = Math.max(0, entry.free() - edges);
        share.free += isSelf ? free : Math.min(reported, usableAddresses);
      }
    }
    return owners;
  }

  /**
   * Whether the first and the last address of what is asked for are among those that the ring
   * counts as free, as far as one can know: in any other subnet they may be host addresses of a
   * larger one, and in use.
   */
  private boolean areEdgesUnused(Request request) {
    if (!(request instanceof AllocateRequest allocate)) {
      return false;
    }
    AddressRange universe = state.ring().universe();
    boolean isUniverse = allocate.subnet().range().equals(universe);
    return allocate.subnet().equals(defaultSubnet)
        || (isUniverse && defaultSubnet.range().size() <= universe.size());
  }

  /** A time in the form that the option for it takes: {@code 1m30s}. */
  static String duration(long nanos) {
    long seconds = Duration.ofNanos(nanos).toSeconds();
    long minutes = seconds / 60;
    return (minutes > 0 ? minutes + "m" : "") + seconds % 60 + "s";
  }
}
