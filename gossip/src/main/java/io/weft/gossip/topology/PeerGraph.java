package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Who is connected to whom at one moment, immutable. Peers are numbered in order of their names, so
 * comparing numbers compares names.
 */
final class PeerGraph {
  /** Marks a peer that a search has not reached. */
  static final int UNREACHED = -1;

  private final long[] names;
  private final int[][] claimed;
  private final int[][] established;

  /** Takes a snapshot of the peers, whose connections must all lead to peers among them. */
  PeerGraph(Collection<Peer> peers) {
    names = peers.stream().mapToLong(peer -> peer.name().value()).sorted().toArray();
    claimed = new int[names.length][];
    boolean[][] works = new boolean[names.length][];
    for (Peer peer : peers) {
      addPeer(peer, works);
    }
    established = new int[names.length][];
    for (int from = 0; from < names.length; from++) {
      established[from] = symmetric(from, works);
    }
  }

  private void addPeer(Peer peer, boolean[][] works) {
    int from = indexOf(peer.name().value());
    ConnectionList connections = peer.connections();
    int[] remotes = new int[connections.size()];
    boolean[] flags = new boolean[remotes.length];
    int count = 0;
    for (int i = 0; i < connections.size(); i++) {
      int to = indexOf(connections.remoteValue(i));
      if (to >= 0) {
        remotes[count] = to;
        flags[count] = connections.established(i);
        count++;
      }
    }
    claimed[from] = Arrays.copyOf(remotes, count);
    works[from] = flags;
  }

  /** The connections of a peer that both ends announce as established. */
  private int[] symmetric(int from, boolean[][] works) {
    int[] remotes = new int[claimed[from].length];
    int count = 0;
    for (int i = 0; i < remotes.length; i++) {
      int to = claimed[from][i];
      int back = Arrays.binarySearch(claimed[to], from);
      if (works[from][i] && back >= 0 && works[to][back]) {
        remotes[count++] = to;
      }
    }
    return Arrays.copyOf(remotes, count);
  }

  int size() {
    return names.length;
  }

  /** A peer's number, or negative when it is unknown. */
  int indexOf(long name) {
    return Arrays.binarySearch(names, name);
  }

  PeerName name(int index) {
    return new PeerName(names[index]);
  }

  long nameValue(int index) {
    return names[index];
  }

  /**
   * Breadth-first search from a peer over everybody (mesh.md 7.1).
   *
   * @return for each peer the first hop towards it, {@link #UNREACHED} where there is none, and the
   *     start itself at the start
   */
  int[] firstHops(int start, boolean strict) {
    int[] route = new int[names.length];
    search(start, UNREACHED, strict, route);
    return route;
  }

  /**
   * Where {@code self} forwards a broadcast by {@code source}: those neighbours that the search
   * from the source had not met when it came to us (mesh.md 7.2). Null when it never comes to us.
   */
  int @Nullable [] broadcastHops(int source, int self, boolean strict) {
    int[] route = new int[names.length];
    if (!search(source, self, strict, route)) {
      return null;
    }
    int[] neighbours = neighbours(self, strict);
    int[] hops = new int[neighbours.length];
    int count = 0;
    for (int neighbour : neighbours) {
      if (route[neighbour] == UNREACHED) {
        hops[count++] = neighbour;
      }
    }
    return Arrays.copyOf(hops, count);
  }

  private int[] neighbours(int peer, boolean strict) {
    return strict ? established[peer] : claimed[peer];
  }

  /** Fills in {@code route}; true when the search came to {@code stop}, before expanding it. */
  private boolean search(int start, int stop, boolean strict, int[] route) {
    Arrays.fill(route, UNREACHED);
    route[start] = start;
    int[] level = new int[names.length];
    int[] next = new int[names.length];
    level[0] = start;
    int levelSize = 1;
    while (levelSize > 0) {
      // All peers must expand a level in the same order, or their broadcast trees disagree.
      Arrays.sort(level, 0, levelSize);
      int nextSize = 0;
      for (int i = 0; i < levelSize; i++) {
        int current = level[i];
        if (current == stop) {
          return true;
        }
        for (int remote : neighbours(current, strict)) {
          if (route[remote] == UNREACHED) {
            route[remote] = current == start ? remote : route[current];
            next[nextSize++] = remote;
          }
        }
      }
      int[] spare = level;
      level = next;
      next = spare;
      levelSize = nextSize;
    }
    return false;
  }
}
