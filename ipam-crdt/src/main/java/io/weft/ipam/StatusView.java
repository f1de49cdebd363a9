package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
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
    List<IpamStatus.Entry> entries = entries(state.ring(), nicknames, mesh);
    return new IpamStatus(
        status(entries, bootstrap, desk),
        config.universe(),
        config.defaultSubnet(),
        config.universe().size(),
        state.space().countUsed(),
        bootstrap.status(),
        entries,
        owners(config, state, nicknames, entries),
        desk.claims().stream()
            .map(claim -> new IpamStatus.Claim(claim.ident(), claim.cidr()))
            .toList(),
        desk.allocates().stream()
            .map(allocate -> allocate.ident() + " " + allocate.subnet())
            .toList(),
        health);
  }

  private static String status(
      List<IpamStatus.Entry> entries, Bootstrap bootstrap, RequestDesk desk) {
    if (!entries.isEmpty()) {
      if (entries.stream().noneMatch(IpamStatus.Entry::isKnownPeer)) {
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

  private static List<IpamStatus.Entry> entries(Ring ring, Nicknames nicknames, MeshView mesh) {
    record Part(AddressRange range, RingEntry entry) {}
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < ring.entries().size(); i++) {
      for (AddressRange range : ring.ranges(i)) {
        parts.add(new Part(range, ring.entries().get(i)));
      }
    }
    parts.sort(Comparator.comparingLong(part -> part.range.start()));
    return parts.stream()
        .map(part ->
            new IpamStatus.Entry(
                Ipv4.format(part.range.start()),
                part.range.size(),
                part.entry.peer(),
                nicknames.of(part.entry.peer()),
                part.entry.peer().equals(ring.self()) || mesh.isKnown(part.entry.peer()),
                part.entry.version()))
        .toList();
  }

  private static List<IpamStatus.Owner> owners(
      IpamConfig config, LocalState state, Nicknames nicknames, List<IpamStatus.Entry> entries) {
    Map<PeerName, Long> shares = new LinkedHashMap<>();
    Map<PeerName, Boolean> known = new LinkedHashMap<>();
    for (IpamStatus.Entry entry : entries) {
      shares.merge(entry.peer(), entry.size(), Long::sum);
      known.put(entry.peer(), entry.isKnownPeer());
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
              Boolean.TRUE.equals(known.get(peer)),
              isSelf ? state.space().countUsed() : 0));
    });
    owners.sort(
        Comparator.comparing((IpamStatus.Owner owner) -> !owner.isSelf())
            .thenComparing(IpamStatus.Owner::peer));
    return owners;
  }
}
