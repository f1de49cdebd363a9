package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one peer in order of the remote's name, at most one to each. Immutable, so a
 * list may be shared, and a list that is the same object has not changed.
 *
 * <p>Packed into 16 bytes per connection, because a full mesh of N routers has N times N of them:
 * name and flags in one number, address and port in another. Addresses that are not IPv4 are kept
 * as texts beside.
 */
public final class ConnectionList {
  /** No connections. */
  public static final ConnectionList NONE =
      new ConnectionList(new long[0], new long[0], new String[0]);

  /** Most connections of one peer: one to each peer there can be. */
  static final int MAX_SIZE = Topology.MAX_PEERS;

  private static final int NAME_SHIFT = 15;
  private static final long INDEX_MASK = (1L << NAME_SHIFT) - 1;
  private static final long OUTBOUND = 1;
  private static final long ESTABLISHED = 2;
  private static final long TEXT = 4;

  /** How many packed connections take as much memory as one text. */
  private static final int TEXT_WEIGHT = 8;

  /** Name above, flags below; positive, so the order of these numbers is that of the names. */
  private final long[] heads;

  /** IPv4 address and port, or an index into the texts. */
  private final long[] addresses;

  private final String[] texts;

  private ConnectionList(long[] heads, long[] addresses, String[] texts) {
    this.heads = heads;
    this.addresses = addresses;
    this.texts = texts;
  }

  /** A list of connections in any order; of several to the same remote the last one counts. */
  public static ConnectionList of(Collection<Connection> connections) {
    Builder builder = new Builder();
    for (Connection connection : connections) {
      builder.add(connection);
    }
    return builder.build();
  }

  /** How many connections there are. */
  public int size() {
    return heads.length;
  }

  /** How many of the connections are established as the owner sees it. */
  public int establishedCount() {
    int count = 0;
    for (long head : heads) {
      count += (head & ESTABLISHED) == 0 ? 0 : 1;
    }
    return count;
  }

  /** What the list costs, in packed connections: 16 bytes each. */
  long weight() {
    return heads.length + (long) TEXT_WEIGHT * texts.length;
  }

  /** The remote peer of the connection at a position. */
  public PeerName remote(int index) {
    return new PeerName(remoteValue(index));
  }

  /** The value of {@link #remote}, without an object. */
  public long remoteValue(int index) {
    return heads[index] >>> NAME_SHIFT;
  }

  /** {@code IP:port} of the remote as the owner sees it; unchecked text. */
  public String address(int index) {
    long address = addresses[index];
    return isText(index) ? texts[(int) address] : Ipv4Text.format(address);
  }

  /** Whether the owner dialled. */
  public boolean outbound(int index) {
    return (heads[index] & OUTBOUND) != 0;
  }

  /** Whether an overlay works as the owner sees it. */
  public boolean established(int index) {
    return (heads[index] & ESTABLISHED) != 0;
  }

  /** The connection at a position as an object of its own. */
  public Connection get(int index) {
    return new Connection(remote(index), address(index), outbound(index), established(index));
  }

  /** Every connection as an object of its own. */
  public List<Connection> toList() {
    List<Connection> list = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) {
      list.add(get(i));
    }
    return list;
  }

  /** The position of the connection to a remote, by its name's value; negative when none. */
  public int find(long remote) {
    int found = Arrays.binarySearch(heads, remote << NAME_SHIFT);
    if (found >= 0) {
      return found;
    }
    int next = -found - 1;
    return next < heads.length && remoteValue(next) == remote ? next : -1;
  }

  /** Whether there is a connection to a remote. */
  public boolean contains(PeerName remote) {
    return find(remote.value()) >= 0;
  }

  /** The connection to a remote; null when none. */
  public @Nullable Connection get(PeerName remote) {
    int index = find(remote.value());
    return index < 0 ? null : get(index);
  }

  /** Whether there is a connection to each remote of another list. */
  boolean hasRemotesOf(ConnectionList other) {
    if (this == other) {
      return true;
    }
    int i = 0;
    for (int j = 0; j < other.size(); j++, i++) {
      while (i < size() && remoteValue(i) < other.remoteValue(j)) {
        i++;
      }
      if (i == size() || remoteValue(i) != other.remoteValue(j)) {
        return false;
      }
    }
    return true;
  }

  /** A list of the connection to a remote, if there is one. */
  ConnectionList only(PeerName remote) {
    Connection connection = get(remote);
    return connection == null ? NONE : of(List.of(connection));
  }

  /** Whether an address is kept as a text, which only those that are not IPv4 are. */
  public boolean isText(int index) {
    return (heads[index] & TEXT) != 0;
  }

  /** IPv4 address and port as {@code (address << 16) | port}; only when it is no text. */
  public long packedAddress(int index) {
    return addresses[index];
  }

  /** This list with a connection added, or put in the place of the one to the same remote. */
  ConnectionList with(Connection connection) {
    return patched(of(List.of(connection)), new long[0]);
  }

  /** This list without the connection to a remote. */
  ConnectionList without(PeerName remote) {
    return patched(NONE, new long[] {remote.value()});
  }

  /**
   * This list with some connections removed and others added or replaced.
   *
   * @param removed values of names, in any order
   */
  ConnectionList patched(ConnectionList changed, long[] removed) {
    long[] gone = removed.clone();
    Arrays.sort(gone);
    Builder builder = new Builder();
    int i = 0;
    int j = 0;
    while (i < size() || j < changed.size()) {
      boolean fromThis =
          j == changed.size() || (i < size() && remoteValue(i) < changed.remoteValue(j));
      if (fromThis) {
        if (Arrays.binarySearch(gone, remoteValue(i)) < 0) {
          builder.addFrom(this, i);
        }
        i++;
      } else {
        i += i < size() && remoteValue(i) == changed.remoteValue(j) ? 1 : 0;
        builder.addFrom(changed, j++);
      }
    }
    return builder.build();
  }

  /** Names, by value, whose connections differ between an earlier list and this one. */
  long[] changesSince(ConnectionList earlier) {
    long[] names = new long[size() + earlier.size()];
    int count = 0;
    int i = 0;
    int j = 0;
    while (i < size() || j < earlier.size()) {
      long here = i < size() ? remoteValue(i) : Long.MAX_VALUE;
      long there = j < earlier.size() ? earlier.remoteValue(j) : Long.MAX_VALUE;
      if (here != there || !sameAt(i, earlier, j)) {
        names[count++] = Math.min(here, there);
      }
      i += here <= there ? 1 : 0;
      j += there <= here ? 1 : 0;
    }
    return Arrays.copyOf(names, count);
  }

  private boolean sameAt(int index, ConnectionList other, int otherIndex) {
    if (heads[index] != other.heads[otherIndex]) {
      return false;
    }
    return isText(index)
        ? address(index).equals(other.address(otherIndex))
        : addresses[index] == other.addresses[otherIndex];
  }

  /** Collects connections in any order. */
  static final class Builder {
    private long[] heads = new long[16];
    private long[] addresses = new long[16];
    private final List<String> texts = new ArrayList<>();
    private int count;

    int size() {
      return count;
    }

    /** Adds a connection as an object. */
    Builder add(Connection connection) {
      return add(
          connection.remote().value(),
          connection.remoteTcpAddress(),
          connection.outbound(),
          connection.established());
    }

    /** Adds a connection with its address as text. */
    Builder add(long remote, String address, boolean outbound, boolean established) {
      long packed = Ipv4Text.parse(address);
      if (packed >= 0) {
        return addPacked(remote, packed, outbound, established);
      }
      texts.add(address);
      return put(remote, TEXT | flags(outbound, established), texts.size() - 1L);
    }

    /** Adds a connection with its IPv4 address and port as a number. */
    Builder addPacked(long remote, long packed, boolean outbound, boolean established) {
      return put(remote, flags(outbound, established), packed);
    }

    void addFrom(ConnectionList list, int index) {
      if (list.isText(index)) {
        add(
            list.remoteValue(index),
            list.address(index),
            list.outbound(index),
            list.established(index));
      } else {
        put(list.remoteValue(index), list.heads[index] & INDEX_MASK, list.addresses[index]);
      }
    }

    private static long flags(boolean outbound, boolean established) {
      return (outbound ? OUTBOUND : 0) | (established ? ESTABLISHED : 0);
    }

    private Builder put(long remote, long flags, long address) {
      if (count == MAX_SIZE) {
        throw new IllegalStateException("more than " + MAX_SIZE + " connections of one peer");
      }
      if (count == heads.length) {
        heads = Arrays.copyOf(heads, 2 * count);
        addresses = Arrays.copyOf(addresses, 2 * count);
      }
      heads[count] = (remote << NAME_SHIFT) | flags;
      addresses[count++] = address;
      return this;
    }

    ConnectionList build() {
      if (count == 0) {
        return NONE;
      }
      if (isAscending()) {
        return new ConnectionList(
            Arrays.copyOf(heads, count),
            Arrays.copyOf(addresses, count),
            texts.toArray(String[]::new));
      }
      // Name above, position below: sorted, the last of those with one name is the latest.
      long[] order = new long[count];
      for (int i = 0; i < count; i++) {
        order[i] = (heads[i] & ~INDEX_MASK) | i;
      }
      Arrays.sort(order);
      long[] sortedHeads = new long[count];
      long[] sortedAddresses = new long[count];
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (i + 1 == count || order[i] >>> NAME_SHIFT != order[i + 1] >>> NAME_SHIFT) {
          int from = (int) (order[i] & INDEX_MASK);
          sortedHeads[kept] = heads[from];
          sortedAddresses[kept++] = addresses[from];
        }
      }
      return new ConnectionList(
          Arrays.copyOf(sortedHeads, kept),
          Arrays.copyOf(sortedAddresses, kept),
          texts.toArray(String[]::new));
    }

    private boolean isAscending() {
      for (int i = 1; i < count; i++) {
        if (heads[i - 1] >>> NAME_SHIFT >= heads[i] >>> NAME_SHIFT) {
          return false;
        }
      }
      return true;
    }
  }
}
