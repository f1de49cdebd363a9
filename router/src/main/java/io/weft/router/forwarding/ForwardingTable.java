package io.weft.router.forwarding;

import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.topology.Routes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a data-plane thread needs to know to send a frame on its way: immutable, published by
 * the conductor as a whole.
 */
final class ForwardingTable {
  /** A neighbour and the overlays toward it, the best first. */
  static final class Neighbour {
    /** Longs in a cache line, so that lanes do not disturb one another. */
    private static final int STRIDE = 8;

    final long peer;
    final Forwarder[] order;

    /** The last batch of each lane that used this neighbour. */
    private final long[] lastBatch;

    Neighbour(long peer, List<Forwarder> order, int lanes) {
      this.peer = peer;
      lastBatch = new long[lanes * STRIDE];
      this.order = order.toArray(Forwarder[]::new);
    }

    /** Whether this is the first frame of this batch on this lane; batches are counted from 1. */
    boolean isFirstOf(int lane, long batch) {
      boolean first = lastBatch[lane * STRIDE] != batch;
      lastBatch[lane * STRIDE] = batch;
      return first;
    }
  }

  private final LongMap<MacEntry> macs;
  private final Routes routes;
  private final LongMap<Neighbour> neighbours;

  private ForwardingTable(LongMap<MacEntry> macs, Routes routes, LongMap<Neighbour> neighbours) {
    this.macs = macs;
    this.routes = routes;
    this.neighbours = neighbours;
  }

  /**
   * Joins addresses, routes and connections.
   *
   * @param lanes that use it, numbered from 0
   */
  static ForwardingTable of(
      LongMap<MacEntry> macs,
      Routes routes,
      Map<PeerName, List<Forwarder>> connections,
      int lanes) {
    List<Neighbour> neighbours =
        connections.entrySet().stream()
            .map(connection ->
                new Neighbour(connection.getKey().value(), connection.getValue(), lanes))
            .toList();
    return new ForwardingTable(macs, routes, LongMap.of(neighbours, neighbour -> neighbour.peer));
  }

  /** The same routes with newer addresses. */
  ForwardingTable withMacs(LongMap<MacEntry> newerMacs) {
    return new ForwardingTable(newerMacs, routes, neighbours);
  }

  @Nullable MacEntry mac(long mac) {
    return macs.find(mac);
  }

  /** The neighbour toward a peer; null when there is no route or no connection. */
  @Nullable Neighbour nextHop(long destination) {
    return neighbours.find(routes.unicastHop(destination));
  }

  /** Whether a peer of this name is in the topology. */
  boolean knows(long peer) {
    return routes.knows(peer);
  }

  /** Names of the neighbours that get broadcasts of a source from us; none for a stranger. */
  long[] broadcastHops(long source) {
    return routes.broadcastHops(source);
  }

  /** The connection to a neighbour, or null. */
  @Nullable Neighbour neighbour(long peer) {
    return neighbours.find(peer);
  }
}
