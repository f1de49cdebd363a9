package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one peer at one moment (mesh.md 7.2).
 *
 * <p>Immutable to its readers and safe for use by any thread without a lock. Unicast tables are
 * made at once. A broadcast table is made when its source is first asked for: that lookup
 * allocates, later ones do not; threads that ask at the same time compute the same table.
 */
public final class Routes {
  private static final long[] NOBODY = {};

  private final PeerName self;
  private final PeerGraph graph;
  private final int selfIndex;
  private final int[] unicast;
  private final int[] unicastAll;

  /** Per neighbour how many destinations of gossip lie behind it. */
  private final int[] gossipWeights;

  private final int reach;
  private final AtomicReferenceArray<long @Nullable []> broadcast;
  private final AtomicReferenceArray<long @Nullable []> broadcastAll;

  Routes(PeerName self, PeerGraph graph) {
    this.self = self;
    this.graph = graph;
    selfIndex = graph.indexOf(self.value());
    unicast = graph.firstHops(selfIndex, true);
    unicastAll = graph.firstHops(selfIndex, false);
    gossipWeights = new int[graph.size()];
    int reached = 0;
    for (int i = 0; i < unicastAll.length; i++) {
      if (unicastAll[i] != PeerGraph.UNREACHED) {
        reached++;
        gossipWeights[unicastAll[i]] += i == selfIndex ? 0 : 1;
      }
    }
    reach = reached;
    broadcast = new AtomicReferenceArray<>(graph.size());
    broadcastAll = new AtomicReferenceArray<>(graph.size());
  }

  /** The routes of a peer that knows nobody else. */
  public static Routes alone(PeerName self) {
    return new Routes(self, PeerGraph.of(List.of(new Peer(self))));
  }

  /** The routes over another graph; these ones when it leads nobody elsewhere. */
  Routes over(PeerGraph other) {
    return graph.isAlike(other) ? this : new Routes(self, other);
  }

  /** Whose routes these are. */
  public PeerName self() {
    return self;
  }

  /**
   * Next hop for data frames, by values of names; does not allocate.
   *
   * @return the neighbour's name value, our own for ourselves, or 0 when there is no way
   */
  public long unicastHop(long destination) {
    return hop(unicast, destination);
  }

  /**
   * Where to pass on a data frame broadcast by {@code source}, by values of names.
   *
   * @return name values of neighbours in ascending order, shared and not to be changed; empty for
   *     an unknown source
   */
  public long[] broadcastHops(long source) {
    return hops(broadcast, source, true);
  }

  /** Whether a peer is in the topology, reachable or not; by value of its name, no allocation. */
  public boolean knows(long name) {
    return graph.indexOf(name) >= 0;
  }

  /**
   * Whether every peer has an established connection to every other one, so that nobody relays data
   * frames for anybody.
   */
  public boolean isFullMesh() {
    return graph.isFull();
  }

  /** Next hop for data frames; null when there is no way. Our own name for ourselves. */
  public @Nullable PeerName unicast(PeerName destination) {
    return named(unicastHop(destination.value()));
  }

  /** Next hop for gossip; null when there is no way. Our own name for ourselves. */
  public @Nullable PeerName unicastAll(PeerName destination) {
    return named(hop(unicastAll, destination.value()));
  }

  /** Where to pass on gossip broadcast by {@code source}, in order of name. */
  public List<PeerName> broadcastAll(PeerName source) {
    return names(hops(broadcastAll, source.value(), false));
  }

  /** Every reachable destination of data frames with its next hop; 0 for ourselves (9.5). */
  public SortedMap<PeerName, PeerName> unicastTable() {
    SortedMap<PeerName, PeerName> table = new TreeMap<>();
    for (int i = 0; i < unicast.length; i++) {
      if (unicast[i] != PeerGraph.UNREACHED) {
        table.put(graph.name(i), i == selfIndex ? PeerName.UNKNOWN : graph.name(unicast[i]));
      }
    }
    return table;
  }

  /** Every source of broadcast data frames with the neighbours we pass them on to. */
  public SortedMap<PeerName, List<PeerName>> broadcastTable() {
    SortedMap<PeerName, List<PeerName>> table = new TreeMap<>();
    for (int i = 0; i < graph.size(); i++) {
      table.put(graph.name(i), names(broadcastHops(graph.nameValue(i))));
    }
    return table;
  }

  /**
   * Draws neighbours for gossip, in proportion to how many destinations lie behind each (mesh.md
   * 8.3).
   *
   * @param except one neighbour that is left out, or null
   */
  public List<PeerName> drawNeighbours(@Nullable PeerName except, RandomGenerator random) {
    int[] weights = gossipWeights.clone();
    int exceptIndex = except == null ? -1 : graph.indexOf(except.value());
    if (exceptIndex >= 0) {
      weights[exceptIndex] = 0;
    }
    int total = 0;
    int candidates = 0;
    for (int weight : weights) {
      total += weight;
      candidates += weight > 0 ? 1 : 0;
    }
    double wanted = 2 * Math.log(reach) / Math.log(2);
    int needed = (int) Math.floor(Math.min(wanted, candidates));
    List<PeerName> drawn = new ArrayList<>(needed);
    while (drawn.size() < needed) {
      int ticket = random.nextInt(total);
      int index = 0;
      while (ticket >= weights[index]) {
        ticket -= weights[index++];
      }
      drawn.add(graph.name(index));
      total -= weights[index];
      weights[index] = 0;
    }
    return drawn;
  }

  /** How many peers gossip reaches, ourselves included. */
  public int gossipReach() {
    return reach;
  }

  private long hop(int[] table, long destination) {
    int index = graph.indexOf(destination);
    return index < 0 || table[index] == PeerGraph.UNREACHED ? 0 : graph.nameValue(table[index]);
  }

  private long[] hops(AtomicReferenceArray<long @Nullable []> table, long source, boolean strict) {
    int index = graph.indexOf(source);
    if (index < 0) {
      return NOBODY;
    }
    long[] known = table.get(index);
    if (known == null) {
      known = compute(index, strict);
      table.set(index, known);
    }
    return known;
  }

  private long[] compute(int source, boolean strict) {
    int[] indexes = graph.broadcastHops(source, selfIndex, strict);
    if (indexes == null) {
      return NOBODY;
    }
    long[] values = new long[indexes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = graph.nameValue(indexes[i]);
    }
    return values;
  }

  private static @Nullable PeerName named(long value) {
    return value == 0 ? null : new PeerName(value);
  }

  private static List<PeerName> names(long[] values) {
    List<PeerName> names = new ArrayList<>(values.length);
    for (long value : values) {
      names.add(new PeerName(value));
    }
    return names;
  }
}
