package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Peers in order of name, in two arrays: finding one looks at a few neighbouring numbers, and going
 * through all of them follows no pointers between. Peers come and go far more rarely than they are
 * looked for, so that moving the ones behind costs less than a tree would.
 */
final class PeerTable {
  private static final int FIRST_CAPACITY = 16;

  private long[] names = new long[FIRST_CAPACITY];
  private Peer[] peers = new Peer[FIRST_CAPACITY];
  private int size;

  int size() {
    return size;
  }

  /** The peer at a position, counted in order of name. */
  Peer at(int index) {
    return peers[index];
  }

  /** The value of the name at a position. */
  long nameAt(int index) {
    return names[index];
  }

  /** The position of a name, by its value; what is missing belongs at {@code -position - 1}. */
  int find(long name) {
    return Arrays.binarySearch(names, 0, size, name);
  }

  /** The same, when the position is known not to be before another one. */
  int find(int from, long name) {
    // Who reads two sorted lists side by side mostly finds the next one where the last one ended.
    return from < size && names[from] == name ? from : Arrays.binarySearch(names, from, size, name);
  }

  @Nullable Peer get(PeerName name) {
    int index = find(name.value());
    return index < 0 ? null : peers[index];
  }

  boolean contains(PeerName name) {
    return find(name.value()) >= 0;
  }

  /** Adds a peer that is not there yet. */
  void add(Peer peer) {
    int place = -find(peer.name().value()) - 1;
    if (place < 0) {
      throw new IllegalArgumentException("peer %s twice".formatted(peer.name()));
    }
    if (size == names.length) {
      names = Arrays.copyOf(names, 2 * size);
      peers = Arrays.copyOf(peers, 2 * size);
    }
    System.arraycopy(names, place, names, place + 1, size - place);
    System.arraycopy(peers, place, peers, place + 1, size - place);
    names[place] = peer.name().value();
    peers[place] = peer;
    size++;
  }

  /** Removes peers that are there. */
  void removeAll(List<Peer> gone) {
    if (gone.isEmpty()) {
      return;
    }
    long[] values = gone.stream().mapToLong(peer -> peer.name().value()).sorted().toArray();
    long[] keptNames = new long[names.length];
    Peer[] keptPeers = new Peer[peers.length];
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (Arrays.binarySearch(values, names[i]) < 0) {
        keptNames[kept] = names[i];
        keptPeers[kept++] = peers[i];
      }
    }
    names = keptNames;
    peers = keptPeers;
    size = kept;
  }

  /** The values of all names, ascending. */
  long[] nameValues() {
    return Arrays.copyOf(names, size);
  }

  /** Every peer in order of name; a live view. */
  List<Peer> asList() {
    return new AbstractList<>() {
      @Override
      public Peer get(int index) {
        return peers[checked(index)];
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  /** Every name in order; a live view. */
  List<PeerName> namesAsList() {
    return new AbstractList<>() {
      @Override
      public PeerName get(int index) {
        return peers[checked(index)].name();
      }

      @Override
      public int size() {
        return size;
      }

      @Override
      public boolean contains(@Nullable Object name) {
        return name instanceof PeerName known && PeerTable.this.contains(known);
      }
    };
  }

  private int checked(int index) {
    return Objects.checkIndex(index, size);
  }
}
