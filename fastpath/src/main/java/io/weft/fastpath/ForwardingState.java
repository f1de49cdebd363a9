package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.topology.Routes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel forwards by, and what it is to forward by: the difference is written. State of
 * the conductor; does no I/O but through {@link KernelTables}.
 *
 * <p>The kernel of a host goes on forwarding when its router is gone. So a neighbour whose
 * connection ends is not forgotten: as long as there is no other way, frames are sent to where it
 * was, for {@link FastdpProtocol#RETENTION_NANOS}. A router that is restarted loses no frame then.
 */
final class ForwardingState {
  private final KernelTables kernel;
  private final int[] routes = new int[FastdpProtocol.SHORT_IDS];
  private final Map<Integer, Hop> hops = new TreeMap<>();
  private final Map<Integer, Tree> trees = new TreeMap<>();
  private final Map<Integer, Integer> sources = new TreeMap<>();

  /** Neighbours without a connection that may still forward, and how long they are believed to. */
  private final Map<Integer, Long> ghosts = new TreeMap<>();

  /** Until when a destination keeps its last route. */
  private final Map<Integer, Long> retained = new HashMap<>();

  ForwardingState(KernelTables kernel) {
    this.kernel = kernel;
  }

  // What the kernel goes by already, when a router before this one has set it.

  void adoptRoute(int destination, int route) {
    routes[destination] = route;
  }

  void adoptHop(int neighbour, Hop hop, long nowNanos) {
    hops.put(neighbour, hop);
    if (hop.isVxlan()) {
      ghosts.put(neighbour, nowNanos + FastdpProtocol.RETENTION_NANOS);
    }
  }

  void adoptTree(int source, Tree tree) {
    trees.put(source, tree);
  }

  void adoptSource(int address, int neighbour) {
    sources.put(address, neighbour);
  }

  /** When {@link #update} is to be called again though nothing has changed. */
  long nextDeadlineNanos() {
    long next = Timed.NEVER;
    for (long until : ghosts.values()) {
      next = Math.min(next, until);
    }
    for (long until : retained.values()) {
      next = Math.min(next, until);
    }
    return next;
  }

  /** Whether a peer with this short id is forwarded to, by a route or because it is retained. */
  boolean forwardsTo(int shortId) {
    return routes[shortId] >= Layout.ROUTE_PUNT;
  }

  /** Takes an address out of all that the kernel goes by; a later update may put it back. */
  void cutOff(int address) {
    hops.replaceAll((neighbour, hop) -> {
      if (!hop.isVxlan() || hop.remote() != address) {
        return hop;
      }
      ghosts.remove(neighbour);
      kernel.putHop(neighbour, Hop.PUNT);
      return Hop.PUNT;
    });
    if (sources.remove(address) != null) {
      kernel.removeSource(address);
    }
  }

  /** Brings the kernel to what follows from {@code input}; hops before what leads to them. */
  void update(ForwardingInput input, long nowNanos) {
    Map<PeerName, Integer> shortIds = new HashMap<>();
    input.peers().forEach((shortId, peer) -> shortIds.put(peer, shortId));
    Map<Integer, Hop> live = liveHops(input, shortIds);
    noteGhosts(live.keySet(), addresses(input), nowNanos);
    Map<Integer, Hop> wantedHops = new TreeMap<>(live);
    ghosts
        .keySet()
        .forEach(ghost -> wantedHops.put(ghost, Objects.requireNonNull(hops.get(ghost))));
    int[] wantedRoutes = wantedRoutes(input, shortIds, wantedHops, nowNanos);
    Map<Integer, Tree> wantedTrees = wantedTrees(input, shortIds, wantedRoutes);
    Map<Integer, Integer> wantedSources = wantedSources(input, shortIds, wantedHops);

    wantedSources.forEach((address, neighbour) -> {
      if (!neighbour.equals(sources.put(address, neighbour))) {
        kernel.putSource(address, neighbour);
      }
    });
    wantedHops.forEach((neighbour, hop) -> {
      if (!hop.equals(hops.put(neighbour, hop))) {
        kernel.putHop(neighbour, hop);
      }
    });
    writeRoutes(wantedRoutes);
    wantedTrees.forEach((source, tree) -> {
      if (!tree.equals(trees.put(source, tree))) {
        kernel.putTree(source, tree);
      }
    });
    removeOthers(trees, wantedTrees.keySet(), kernel::removeTree);
    removeOthers(hops, wantedHops.keySet(), kernel::removeHop);
    removeOthers(sources, wantedSources.keySet(), kernel::removeSource);
  }

  private Map<Integer, Hop> liveHops(ForwardingInput input, Map<PeerName, Integer> shortIds) {
    Map<Integer, Hop> live = new TreeMap<>();
    input
        .neighbours()
        .forEach((peer, neighbour) -> {
          Integer shortId = shortIds.get(peer);
          if (shortId != null) {
            Hop present = hops.get(shortId);
            boolean stays = present != null && stays(present, neighbour);
            live.put(shortId, stays ? present : neighbour.best());
          }
        });
    return live;
  }

  /**
   * What an earlier connection has shown counts until this one has had the time to show as much.
   */
  private static boolean stays(Hop present, ForwardingInput.Neighbour neighbour) {
    Hop best = neighbour.best();
    boolean wider =
        neighbour.mayBeWider()
            && best.mtu() < present.mtu()
            && best.equals(present.withMtu(best.mtu()));
    boolean same = present.isVxlan() && present.remote() == neighbour.address();
    return same && (neighbour.undecided() || wider);
  }

  private static Set<Integer> addresses(ForwardingInput input) {
    Set<Integer> addresses = new HashSet<>();
    input.neighbours().values().forEach(neighbour -> addresses.add(neighbour.address()));
    return addresses;
  }

  /** A neighbour that is back under another short id is not missed under the former. */
  private void noteGhosts(Set<Integer> live, Set<Integer> addresses, long nowNanos) {
    hops.forEach((neighbour, hop) -> {
      if (hop.isVxlan() && !live.contains(neighbour)) {
        ghosts.putIfAbsent(neighbour, nowNanos + FastdpProtocol.RETENTION_NANOS);
      }
    });
    ghosts.keySet().removeAll(live);
    ghosts
        .entrySet()
        .removeIf(ghost ->
            ghost.getValue() - nowNanos <= 0 || addresses.contains(remote(ghost.getKey())));
  }

  private int remote(int neighbour) {
    Hop hop = hops.get(neighbour);
    return hop == null ? 0 : hop.remote();
  }

  private int[] wantedRoutes(
      ForwardingInput input,
      Map<PeerName, Integer> shortIds,
      Map<Integer, Hop> wantedHops,
      long nowNanos) {
    int[] wanted = new int[FastdpProtocol.SHORT_IDS];
    for (int shortId = 0; shortId < wanted.length; shortId++) {
      PeerName peer = input.peers().get(shortId);
      int route = peer == null ? Layout.ROUTE_UNKNOWN : route(input.routes(), peer, shortIds);
      boolean noWay = route == Layout.ROUTE_UNKNOWN || route == Layout.ROUTE_NONE;
      if (!noWay) {
        retained.remove(shortId);
      } else if (ghosts.containsKey(shortId)) {
        route = Layout.ROUTE_VIA | shortId;
      } else if (isRetained(shortId, wantedHops, nowNanos)) {
        route = routes[shortId];
      }
      wanted[shortId] = route;
    }
    return wanted;
  }

  private static int route(Routes routes, PeerName peer, Map<PeerName, Integer> shortIds) {
    if (peer.equals(routes.self())) {
      return Layout.ROUTE_SELF;
    }
    PeerName hop = routes.unicast(peer);
    if (hop == null) {
      return Layout.ROUTE_NONE;
    }
    Integer via = shortIds.get(hop);
    return via == null ? Layout.ROUTE_PUNT : Layout.ROUTE_VIA | via;
  }

  /** Whether a destination that has no way any more keeps its last one: over a ghost, or stale. */
  private boolean isRetained(int shortId, Map<Integer, Hop> wantedHops, long nowNanos) {
    int last = routes[shortId];
    Hop hop = wantedHops.get(last & (FastdpProtocol.SHORT_IDS - 1));
    if ((last & Layout.ROUTE_VIA) == 0 || hop == null || !hop.isVxlan()) {
      retained.remove(shortId);
      return false;
    }
    long until = nowNanos + FastdpProtocol.RETENTION_NANOS;
    Long known = retained.putIfAbsent(shortId, until);
    if (known != null && known - nowNanos <= 0) {
      retained.remove(shortId);
      return false;
    }
    return true;
  }

  private Map<Integer, Tree> wantedTrees(
      ForwardingInput input, Map<PeerName, Integer> shortIds, int[] wantedRoutes) {
    Map<Integer, Tree> wanted = new TreeMap<>();
    input
        .peers()
        .forEach((source, peer) -> {
          boolean self = wantedRoutes[source] == Layout.ROUTE_SELF;
          if (self || input.routes().unicastHop(peer.value()) != 0) {
            Tree tree = tree(input, peer, shortIds, self ? ghosts.keySet() : ghostsOf(source));
            if (self || tree.punt() || !tree.hops().isEmpty()) {
              wanted.put(source, tree);
            }
          }
        });
    trees.forEach((source, tree) -> {
      if (!wanted.containsKey(source)
          && (wantedRoutes[source] & Layout.ROUTE_VIA) != 0
          && !reachable(input, source)) {
        wanted.put(source, tree);
      }
    });
    return wanted;
  }

  private static boolean reachable(ForwardingInput input, int source) {
    PeerName peer = input.peers().get(source);
    return peer != null && input.routes().unicastHop(peer.value()) != 0;
  }

  private Set<Integer> ghostsOf(int source) {
    Set<Integer> kept = new HashSet<>();
    Tree present = trees.get(source);
    if (present != null) {
      kept.addAll(present.hops());
      kept.retainAll(ghosts.keySet());
    }
    return kept;
  }

  private static Tree tree(
      ForwardingInput input, PeerName source, Map<PeerName, Integer> shortIds, Set<Integer> more) {
    List<Integer> wanted = new ArrayList<>();
    boolean punt = false;
    for (long hop : input.routes().broadcastHops(source.value())) {
      PeerName neighbour = new PeerName(hop);
      Integer shortId = shortIds.get(neighbour);
      if (shortId == null) {
        // Routes follow later when a connection has ended: user space would not reach it either.
        punt |= input.neighbours().containsKey(neighbour);
      } else {
        wanted.add(shortId);
      }
    }
    more.stream().sorted().filter(ghost -> !wanted.contains(ghost)).forEach(wanted::add);
    // More than the kernel's table holds: user space makes all the copies.
    return wanted.size() > Layout.TREE_HOPS
        ? new Tree(Collections.emptyList(), true)
        : new Tree(wanted, punt);
  }

  private static Map<Integer, Integer> wantedSources(
      ForwardingInput input, Map<PeerName, Integer> shortIds, Map<Integer, Hop> wantedHops) {
    Map<Integer, Integer> wanted = new TreeMap<>();
    wantedHops.forEach((neighbour, hop) -> {
      if (hop.isVxlan()) {
        wanted.put(hop.remote(), neighbour);
      }
    });
    input
        .neighbours()
        .forEach((peer, neighbour) -> {
          Integer shortId = shortIds.get(peer);
          if (shortId != null && neighbour.address() != 0) {
            wanted.put(neighbour.address(), shortId);
          }
        });
    return wanted;
  }

  private void writeRoutes(int[] wanted) {
    for (int shortId = 0; shortId < wanted.length; shortId++) {
      if (routes[shortId] != wanted[shortId]) {
        routes[shortId] = wanted[shortId];
        kernel.putRoute(shortId, wanted[shortId]);
      }
    }
  }

  /** Removes an entry of the kernel by its key. */
  @FunctionalInterface
  private interface Removal {
    void remove(int key);
  }

  private static void removeOthers(
      Map<Integer, ? extends @Nullable Object> present, Set<Integer> wanted, Removal removal) {
    List<Integer> gone = present.keySet().stream().filter(key -> !wanted.contains(key)).toList();
    for (int key : gone) {
      present.remove(key);
      removal.remove(key);
    }
  }
}
