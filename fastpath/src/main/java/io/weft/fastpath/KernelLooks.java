package io.weft.fastpath;

import io.weft.fastpath.KernelLook.Action;
import io.weft.gossip.PeerName;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Follows a frame through the entries of the programs' maps, in the order in which fastdp.c looks
 * them up. Conductor thread.
 */
final class KernelLooks {
  private final BpfTables tables;

  KernelLooks(BpfTables tables) {
    this.tables = tables;
  }

  /** A frame of this host for an address, as {@code from_bridge} takes it. */
  KernelLook captured(long mac) throws LinuxException {
    List<String> entries = new ArrayList<>();
    OptionalInt owner = tables.owner(mac);
    if (owner.isEmpty()) {
      entries.add("the kernel has no entry for " + new PeerName(mac));
      return new KernelLook(Action.FLOODED, entries);
    }
    int peer = owner.getAsInt();
    if (peer == Layout.OWNER_LOCAL) {
      entries.add("the kernel has " + new PeerName(mac) + " on this host");
      return new KernelLook(Action.BRIDGED, entries);
    }
    if (peer == Layout.OWNER_OUTSIDE) {
      entries.add("the kernel has " + new PeerName(mac) + " at a peer without a short id");
      return new KernelLook(Action.PUNTED, entries);
    }
    entries.add("the kernel has %s at short id 0x%03x".formatted(new PeerName(mac), peer));
    return routed(peer, null, entries);
  }

  /** As below, between peers; empty when one has no short id, so that no VXLAN names it. */
  Optional<KernelLook> arrived(
      ShortIdTable shortIds, PeerName source, PeerName destination, Ipv4Address from)
      throws LinuxException {
    int captured = shortIds.shortId(source.value());
    int last = shortIds.shortId(destination.value());
    return captured == ShortIdTable.NONE || last == ShortIdTable.NONE
        ? Optional.empty()
        : Optional.of(arrived(captured, last, from));
  }

  /**
   * A frame of a peer, as {@code from_vxlan} takes it.
   *
   * @param source short id of the peer that captured it
   * @param destination short id of the peer it is for
   * @param from outer address that it comes from
   */
  KernelLook arrived(int source, int destination, Ipv4Address from) throws LinuxException {
    List<String> entries = new ArrayList<>();
    if (!tables.hasSource(from.value())) {
      return dropped(FastdpCounter.DROPPED_UNKNOWN_SOURCE, "no neighbour is at " + from, entries);
    }
    int sourceRoute = tables.route(source);
    int route = tables.route(destination);
    if (sourceRoute == Layout.ROUTE_UNKNOWN || route == Layout.ROUTE_UNKNOWN) {
      int unknown = route == Layout.ROUTE_UNKNOWN ? destination : source;
      return dropped(
          FastdpCounter.DROPPED_UNKNOWN_PEER, "nobody has short id " + hex(unknown), entries);
    }
    if (sourceRoute == Layout.ROUTE_SELF) {
      return dropped(FastdpCounter.DROPPED_LOOP, hex(source) + " is this host", entries);
    }
    if (route == Layout.ROUTE_SELF) {
      entries.add("the kernel has short id " + hex(destination) + " on this host");
      return new KernelLook(Action.BRIDGED, entries);
    }
    return routed(destination, from, entries);
  }

  private KernelLook routed(int peer, @Nullable Ipv4Address from, List<String> entries)
      throws LinuxException {
    int route = tables.route(peer);
    boolean via = (route & Layout.ROUTE_VIA) != 0;
    int neighbour = route & (FastdpProtocol.SHORT_IDS - 1);
    Hop hop = via ? tables.hop(neighbour) : null;
    if (route < Layout.ROUTE_PUNT || (via && hop == null)) {
      return dropped(FastdpCounter.DROPPED_NO_ROUTE, "no route to " + hex(peer), entries);
    }
    if (hop == null || !hop.isVxlan()) {
      entries.add("the kernel leaves " + hex(peer) + " to the router");
      return new KernelLook(Action.PUNTED, entries);
    }
    Ipv4Address remote = new Ipv4Address(hop.remote());
    entries.add(
        "the kernel sends to %s by %s: VXLAN to %s, packets of at most %d bytes"
            .formatted(hex(peer), hex(neighbour), remote, hop.mtu()));
    if (remote.equals(from)) {
      return dropped(FastdpCounter.DROPPED_HAIRPIN, "it came from " + remote, entries);
    }
    return new KernelLook(Action.SENT, entries);
  }

  private static KernelLook dropped(FastdpCounter counter, String reason, List<String> entries) {
    entries.add(
        "the kernel drops it: %s (weft_fastdp_%s_total)"
            .formatted(reason, counter.name().toLowerCase(Locale.ROOT)));
    return new KernelLook(Action.DROPPED, entries);
  }

  private static String hex(int shortId) {
    return "0x%03x".formatted(shortId);
  }
}
