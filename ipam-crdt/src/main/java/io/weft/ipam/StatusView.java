package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the views of ipam.md 9 from the allocator's parts. Stateless. */
final class StatusView {
  private StatusView() {}

  static IpamStatus of(
      IpamConfig config,
      LocalState state,
      Nicknames nicknames,
      Bootstrap bootstrap,
      RequestDesk desk,
      MeshView mesh,
      IpamStatus.Health health) {
    List<IpamStatus.Owner> owners = owners(config, state, nicknames, mesh);
    return new IpamStatus(
        status(owners, bootstrap, desk),
        config.universe(),
        config.defaultSubnet(),
        config.universe().size(),
        state.space().countUsed(),
        bootstrap.status(),
        new RingView(state.ring(), owners),
        owners,
        desk.claims().stream()
            .map(claim -> new IpamStatus.Claim(claim.ident(), claim.cidr()))
            .toList(),
        desk.allocates().stream()
            .map(allocate -> allocate.ident() + " " + allocate.subnet())
            .toList(),
        health);
  }

  private static String status(
      List<IpamStatus.Owner> owners, Bootstrap bootstrap, RequestDesk desk) {
    if (!owners.isEmpty()) {
      if (owners.stream().noneMatch(IpamStatus.Owner::isKnown)) {
        return "all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead";
      }
      return desk.allocates().isEmpty() ? "ready" : "waiting for IP(s) to become available";
    }
    IpamStatus.@Nullable Bootstrap paxos = bootstrap.status();
    if (paxos == null) {
      return "idle";
    }
    return paxos.isElector()
        ? "awaiting consensus (quorum: %d, known: %d)".formatted(paxos.quorum(), paxos.knownNodes())
        : "priming";
  }

  /** Whether neither we nor a peer that we know has a free address, as far as the ring tells. */
  static boolean isExhausted(IpamConfig config, LocalState state, MeshView mesh) {
    Ring ring = state.ring();
    Cidr subnet = config.defaultSubnet();
    if (ring.isEmpty() || state.space().countFree(subnet.hostRange()) > 0) {
      return false;
    }
    for (int i = 0; i < ring.entries().size(); i++) {
      RingEntry entry = ring.entries().get(i);
      if (!entry.peer().equals(config.self())
          && mesh.isKnown(entry.peer())
          && mayHaveFree(entry, ring.ranges(i), subnet)) {
        return false;
      }
    }
    return true;
  }

  /** The first and the last address of a subnet count as free, but nobody gets them. */
  private static boolean mayHaveFree(RingEntry entry, List<AddressRange> ranges, Cidr subnet) {
    AddressRange whole = subnet.range();
    long neverGiven =
        ranges.stream().filter(range -> range.contains(whole.start())).count()
            + ranges.stream().filter(range -> range.contains(whole.end() - 1)).count();
    return entry.free() > neverGiven && ranges.stream().anyMatch(range -> range.overlaps(whole));
  }

  private static List<IpamStatus.Owner> owners(
      IpamConfig config, LocalState state, Nicknames nicknames, MeshView mesh) {
    Map<PeerName, Long> shares = new HashMap<>();
    Ring ring = state.ring();
    for (int i = 0; i < ring.entries().size(); i++) {
      for (AddressRange range : ring.ranges(i)) {
        shares.merge(ring.entries().get(i).peer(), range.size(), Long::sum);
      }
    }
    List<IpamStatus.Owner> owners = new ArrayList<>();
    shares.forEach((peer, addresses) -> {
      boolean isSelf = peer.equals(config.self());
      owners.add(
          new IpamStatus.Owner(
              peer,
              nicknames.of(peer),
              addresses,
              100.0 * addresses / config.universe().size(),
              isSelf,
              isSelf || mesh.isKnown(peer),
              isSelf ? state.space().countUsed() : 0));
    });
    owners.sort(
        Comparator.comparing((IpamStatus.Owner owner) -> !owner.isSelf())
            .thenComparing(IpamStatus.Owner::peer));
    return owners;
  }
}
