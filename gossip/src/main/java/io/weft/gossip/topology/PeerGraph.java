package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Who is connected to whom at one moment, immutable. Peers are numbered in order of their names, so
 * comparing numbers compares names.
 *
 * <p>A later moment is made from an earlier one ({@link #update}): rows that have not changed are
 * shared. Numbers of peers fit 16 bits, since there are at most {@link Topology#MAX_PEERS}.
 */
final class PeerGraph {
  /** Marks a peer that a search has not reached. */
  static final int UNREACHED = -1;

  private static final PeerGraph EMPTY =
      new PeerGraph(new long[0], new ConnectionList[0], new char[0][], new char[0][]);

  private final long[] names;
  private final ConnectionList[] lists;

  /** Per peer the remotes of its connections, ascending. */
  private final char[][] claimed;

  /** Per peer the remotes of those that both ends announce as established; often the same array. */
  private final char[][] established;

  private PeerGraph(long[] names, ConnectionList[] lists, char[][] claimed, char[][] established) {
    this.names = names;
    this.lists = lists;
    this.claimed = claimed;
    this.established = established;
  }

  /** The graph of peers in order of name; connections to others than these are left out. */
  static PeerGraph of(Collection<Peer> peers) {
    return EMPTY.update(peers);
  }

  /** The graph of these peers, in order of name; this one when nothing has changed. */
  PeerGraph update(Collection<Peer> peers) {
    long[] newNames = new long[peers.size()];
    ConnectionList[] newLists = new ConnectionList[newNames.length];
    int count = 0;
    for (Peer peer : peers) {
      newNames[count] = peer.name().value();
      newLists[count++] = peer.connections();
    }
    boolean samePeers = Arrays.equals(names, newNames);
    if (samePeers && isSame(newLists)) {
      return this;
    }
    return new GraphUpdate(this, samePeers ? names : newNames, newLists).result();
  }

  private boolean isSame(ConnectionList[] others) {
    for (int i = 0; i < lists.length; i++) {
      if (lists[i] != others[i]) {
        return false;
      }
    }
    return true;
  }

  /** Rows of a graph in the making, from those of an earlier one. */
  private static final class GraphUpdate {
    private final PeerGraph earlier;
    private final long[] names;
    private final ConnectionList[] lists;
    private final char[][] claimed;
    private final char[][] established;

    /** Numbers of then and now; -1 for a peer that was not there, or is not any more. */
    private final int[] oldIndexes;

    private final int[] newIndexes;

    /** Peers whose row of established connections is to be made anew. */
    private final boolean[] stale;

    GraphUpdate(PeerGraph earlier, long[] names, ConnectionList[] lists) {
      this.earlier = earlier;
      this.names = names;
      this.lists = lists;
      claimed = new char[names.length][];
      established = new char[names.length][];
      oldIndexes = indexes(names, earlier.names);
      newIndexes = indexes(earlier.names, names);
      stale = new boolean[names.length];
    }

    /** For each name its position among others; both ascend. */
    private static int[] indexes(long[] of, long[] among) {
      int[] indexes = new int[of.length];
      int next = 0;
      for (int i = 0; i < of.length; i++) {
        while (next < among.length && among[next] < of[i]) {
          next++;
        }
        indexes[i] = next < among.length && among[next] == of[i] ? next : -1;
      }
      return indexes;
    }

    PeerGraph result() {
      boolean renumbered = names != earlier.names;
      for (int i = 0; i < names.length; i++) {
        int old = oldIndexes[i];
        boolean same = old >= 0 && earlier.lists[old] == lists[i];
        char[] row = same ? earlier.claimed[old] : null;
        if (row != null && renumbered) {
          // A connection to somebody who was unknown may lead to a peer now.
          row = row.length == lists[i].size() ? renumbered(row) : null;
        }
        claimed[i] = row == null ? claims(lists[i]) : row;
        stale[i] = row == null;
      }
      spoilOtherEnds();
      for (int i = 0; i < names.length; i++) {
        if (!stale[i]) {
          char[] row = earlier.established[oldIndexes[i]];
          char[] kept = renumbered ? renumbered(row) : row;
          established[i] = kept == null ? symmetric(i) : shared(i, kept);
        } else if (established[i] == null) {
          established[i] = symmetric(i);
        }
      }
      return new PeerGraph(names, lists, claimed, established);
    }

    /** A row in new numbers; null when it leads to a peer that is gone. */
    private char @Nullable [] renumbered(char[] row) {
      char[] result = new char[row.length];
      for (int i = 0; i < row.length; i++) {
        int index = newIndexes[row[i]];
        if (index < 0) {
          return null;
        }
        result[i] = (char) index;
      }
      return result;
    }

    private char[] claims(ConnectionList list) {
      char[] row = new char[list.size()];
      int count = 0;
      int next = 0;
      for (int i = 0; i < row.length; i++) {
        long remote = list.remoteValue(i);
        int found = Arrays.binarySearch(names, next, names.length, remote);
        if (found >= 0) {
          row[count++] = (char) found;
        }
        next = found >= 0 ? found + 1 : -found - 1;
      }
      return count == row.length ? row : Arrays.copyOf(row, count);
    }

    /** What a peer announces decides about the rows of the other ends too. */
    private void spoilOtherEnds() {
      boolean[] changed = stale.clone();
      for (int i = 0; i < names.length; i++) {
        if (!changed[i]) {
          continue;
        }
        established[i] = symmetric(i);
        boolean[] then = new boolean[names.length];
        if (oldIndexes[i] >= 0) {
          mark(earlier.established[oldIndexes[i]], then);
        }
        for (char remote : established[i]) {
          stale[remote] |= !then[remote];
          then[remote] = false;
        }
        for (int remote = 0; remote < then.length; remote++) {
          stale[remote] |= then[remote];
        }
      }
    }

    private void mark(char[] row, boolean[] marks) {
      for (char remote : row) {
        if (newIndexes[remote] >= 0) {
          marks[newIndexes[remote]] = true;
        }
      }
    }

    /** The connections of a peer that both ends announce as established. */
    private char[] symmetric(int from) {
      ConnectionList list = lists[from];
      char[] row = new char[claimed[from].length];
      int count = 0;
      int next = 0;
      for (int i = 0; i < list.size() && next < row.length; i++) {
        char to = claimed[from][next];
        if (names[to] != list.remoteValue(i)) {
          continue;
        }
        next++;
        int back = list.established(i) ? lists[to].find(names[from]) : -1;
        if (back >= 0 && lists[to].established(back)) {
          row[count++] = to;
        }
      }
      return shared(from, count == row.length ? row : Arrays.copyOf(row, count));
    }

    /** One array for both rows where they are equal, as they are at rest. */
    private char[] shared(int peer, char[] row) {
      return row.length == claimed[peer].length ? claimed[peer] : row;
    }
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

  /** Whether both graphs have the same peers and connections, whatever their addresses. */
  boolean isAlike(PeerGraph other) {
    return this == other
        || (Arrays.equals(names, other.names)
            && Arrays.deepEquals(claimed, other.claimed)
            && Arrays.deepEquals(established, other.established));
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
   * Every peer, those that a search over everybody meets in the order of that search, the others
   * after them in order of name: whoever reads them one by one always has a way to the latest.
   */
  int[] outwards(int start) {
    int[] order = new int[names.length];
    boolean[] met = new boolean[names.length];
    int count = 0;
    order[count++] = start;
    met[start] = true;
    for (int i = 0; i < count; i++) {
      for (char remote : claimed[order[i]]) {
        if (!met[remote]) {
          met[remote] = true;
          order[count++] = remote;
        }
      }
    }
    for (int i = 0; i < met.length; i++) {
      if (!met[i]) {
        order[count++] = i;
      }
    }
    return order;
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
    char[] neighbours = neighbours(self, strict);
    int[] hops = new int[neighbours.length];
    int count = 0;
    for (char neighbour : neighbours) {
      if (route[neighbour] == UNREACHED) {
        hops[count++] = neighbour;
      }
    }
    return Arrays.copyOf(hops, count);
  }

  /** Whether everybody has a connection to everybody else that both ends have established. */
  boolean isFull() {
    for (char[] row : established) {
      if (row.length < names.length - 1) {
        return false;
      }
    }
    return true;
  }

  /** Numbers of a peer's neighbours, ascending; not to be changed, as graphs share them. */
  char[] neighbours(int peer, boolean strict) {
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
    int reached = 1;
    while (levelSize > 0) {
      // All peers must expand a level in the same order, or their broadcast trees disagree.
      Arrays.sort(level, 0, levelSize);
      int nextSize = 0;
      for (int i = 0; i < levelSize; i++) {
        int current = level[i];
        if (current == stop) {
          return true;
        }
        if (reached == names.length) {
          // What is left finds nobody new; the stop is still to come.
          return stop != UNREACHED;
        }
        for (char remote : neighbours(current, strict)) {
          if (route[remote] == UNREACHED) {
            route[remote] = current == start ? remote : route[current];
            next[nextSize++] = remote;
            reached++;
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
