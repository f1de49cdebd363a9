package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipSender;
import io.weft.gossip.channel.UnreachablePeerException;
import io.weft.gossip.gob.GobException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The allocator of a Weave Net router as ipam.md describes it, from the ring that its seeds make
 * on; for tests of meshes with both kinds. Keeps nothing over a restart.
 */
final class WeaveNetPeer {
  /** Sends the state of the moment at which it leaves (ipam.md 3.1). */
  interface Mesh extends GossipSender {
    /** Gives everybody this peer's state. */
    void broadcastState();
  }

  private final PeerName self;
  private final Cidr universe;
  private final RandomGenerator random;
  private final Mesh mesh;
  private final Predicate<PeerName> isKnown;
  private final Space space = new Space();
  private final Map<Long, String> holders = new LinkedHashMap<>();
  private final List<String> waiting = new ArrayList<>();
  private Ring ring;
  private AddressSet owned;

  /** Connections closed over a ring, and ends of the process. */
  final List<String> troubles = new ArrayList<>();

  WeaveNetPeer(
      PeerName self,
      Cidr universe,
      List<PeerName> seeds,
      RandomGenerator random,
      Mesh mesh,
      Predicate<PeerName> isKnown) {
    this.self = self;
    this.universe = universe;
    this.random = random;
    this.mesh = mesh;
    this.isKnown = isKnown;
    ring = Ring.seeded(universe.range(), self, seeds);
    owned = AddressSet.of(ring.rangesOf(self));
    updateSpace();
  }

  Ring ring() {
    return ring;
  }

  /** Addresses in use, by address. */
  Map<Long, String> holders() {
    return holders;
  }

  /** What it gossips and broadcasts. */
  byte[] state() {
    return GossipStateCodec.encode(
        new GossipState(1, Map.of(self, "net" + self.value()), null, ring));
  }

  void allocate(String ident) {
    if (!isServed(ident)) {
      waiting.add(ident);
    }
    ring = ring.reportFree(space);
  }

  void release(long address) {
    if (holders.remove(address) != null) {
      space.free(address);
    }
    ring = ring.reportFree(space);
  }

  /** Every five seconds. */
  void tick() {
    waiting.removeIf(this::isServed);
    ring = ring.reportFree(space);
  }

  private boolean isServed(String ident) {
    OptionalLong address = space.allocate(universe.hostRange());
    if (address.isPresent()) {
      holders.put(address.getAsLong(), ident);
      return true;
    }
    for (PeerName donor : ring.donors(universe.range(), random)) {
      if (isAsked(donor, universe.range())) {
        break;
      }
    }
    return false;
  }

  /** Asks for one address, as a claim does (ipam.md 6.3), and leaves it free. */
  void claim(long address) {
    PeerName owner = ring.owner(address);
    if (owner != null && !owner.equals(self)) {
      isAsked(owner, AddressRange.single(address));
    }
  }

  private boolean isAsked(PeerName owner, AddressRange range) {
    try {
      mesh.unicast(owner, tagged(IpamProtocol.TAG_SPACE_REQUEST, range));
      return true;
    } catch (UnreachablePeerException e) {
      return false;
    }
  }

  void takeOver(PeerName victim) {
    adopt(ring.transfer(victim, self));
    mesh.broadcastState();
    ring = ring.reportFree(space);
  }

  /** Leaves for good, with the first owner that is there as its heir (ipam.md 2.6). */
  void shutdown() {
    Optional<PeerName> heir =
        ring.entries().stream()
            .map(RingEntry::peer)
            .filter(peer -> !peer.equals(self) && isKnown.test(peer))
            .findFirst();
    holders.clear();
    waiting.clear();
    space.clear();
    heir.ifPresent(peer -> {
      ring = ring.transfer(self, peer);
      owned = new AddressSet();
      mesh.broadcastState();
    });
  }

  void onState(byte[] payload, int offset, PeerName from) {
    try {
      Ring theirs = GossipStateCodec.decode(payload, offset).ring();
      if (theirs != null) {
        WeaveNetMerge.Outcome outcome = WeaveNetMerge.merge(ring, theirs, space);
        if (outcome.error() != null) {
          troubles.add("%s closes its connection to %s: %s".formatted(self, from, outcome.error()));
        } else if (outcome.isUpdated()) {
          adopt(outcome.ring());
        } else {
          ring = outcome.ring();
        }
      } else {
        mesh.unicast(from, tagged(IpamProtocol.TAG_RING_UPDATE, state()));
      }
    } catch (GobException | UnreachablePeerException e) {
      troubles.add("%s cannot read what %s says: %s".formatted(self, from, e.getMessage()));
    }
    ring = ring.reportFree(space);
  }

  private void adopt(Ring next) {
    AddressSet before = owned;
    ring = next;
    owned = AddressSet.of(ring.rangesOf(self));
    if (!before.minus(owned).isEmpty()) {
      troubles.add(self + " ends: its space is not what the ring gives it");
    }
    updateSpace();
    waiting.removeIf(this::isServed);
  }

  private void updateSpace() {
    List<AddressRange> held = holders.keySet().stream().map(AddressRange::single).toList();
    space.rebuild(owned, AddressSet.of(held), new AddressSet());
  }

  void onUnicast(PeerName from, byte[] payload) {
    switch (payload[0]) {
      case IpamProtocol.TAG_RING_UPDATE -> onState(payload, 1, from);
      case IpamProtocol.TAG_SPACE_REQUEST -> onSpaceRequest(from, payload);
      case IpamProtocol.TAG_SPACE_DENIED -> {}
      default -> troubles.add(self + " hangs: unknown message " + payload[0]);
    }
  }

  private void onSpaceRequest(PeerName from, byte[] payload) {
    try {
      AddressRange wanted = RingGob.decodeRange(payload, 1);
      Optional<AddressRange> given = space.donate(wanted);
      given.ifPresent(range -> {
        ring = ring.grant(range, from);
        owned = AddressSet.of(ring.rangesOf(self));
        mesh.broadcastState();
      });
      if (given.isEmpty()) {
        mesh.unicast(from, tagged(IpamProtocol.TAG_SPACE_DENIED, wanted));
      }
      ring = ring.reportFree(space);
      mesh.unicast(from, tagged(IpamProtocol.TAG_RING_UPDATE, state()));
    } catch (GobException | UnreachablePeerException e) {
      troubles.add(self + " cannot answer " + from + ": " + e.getMessage());
    }
  }

  private static byte[] tagged(byte tag, AddressRange range) {
    return tagged(tag, RingGob.encodeRange(range));
  }

  private static byte[] tagged(byte tag, byte[] body) {
    byte[] payload = Arrays.copyOf(new byte[] {tag}, body.length + 1);
    System.arraycopy(body, 0, payload, 1, body.length);
    return payload;
  }
}
