package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which part of the universe (ipam.md 2). Immutable: operations answer with a new ring.
 * May hold what a peer sent unchecked; {@link #violation()} tells. Operations other than the plain
 * accessors need a ring without violations.
 */
public final class Ring {
  private final AddressRange universe;
  private final PeerName self;
  private final List<RingEntry> entries;
  private final List<PeerName> seeds;

  /** Worked out when first asked for, since all parts of the allocator ask for it all the time. */
  private volatile @Nullable Set<PeerName> owners;

  /**
   * A ring as received or stored.
   *
   * @param universe the range shared, not wrapping
   * @param self the peer that keeps this copy
   * @param entries in token order
   * @param seeds the creators in order; none when they are not known
   */
  public Ring(AddressRange universe, PeerName self, List<RingEntry> entries, List<PeerName> seeds) {
    this.universe = universe;
    this.self = self;
    this.entries = List.copyOf(entries);
    this.seeds = List.copyOf(seeds);
  }

  /** A ring that nobody has created yet. */
  public static Ring empty(AddressRange universe, PeerName self) {
    return new Ring(universe, self, List.of(), List.of());
  }

  /** Divides the universe among its creators, the same way everywhere (2.4). */
  public static Ring seeded(AddressRange universe, PeerName self, Collection<PeerName> creators) {
    List<PeerName> peers = List.copyOf(new TreeSet<>(creators));
    List<RingEntry> entries = new ArrayList<>();
    divide(universe, peers, entries);
    return new Ring(universe, self, entries, peers);
  }

  private static void divide(AddressRange range, List<PeerName> peers, List<RingEntry> into) {
    long share = range.size();
    if (share == 0 || peers.isEmpty()) {
      return;
    }
    if (share == 1 || peers.size() == 1) {
      into.add(new RingEntry(range.start(), peers.getFirst(), 0, share));
      return;
    }
    long middle = range.start() + share / 2;
    int half = peers.size() / 2;
    divide(new AddressRange(range.start(), middle), peers.subList(0, half), into);
    divide(new AddressRange(middle, range.end()), peers.subList(half, peers.size()), into);
  }

  /** The range shared. */
  public AddressRange universe() {
    return universe;
  }

  /** The peer that keeps this copy. */
  public PeerName self() {
    return self;
  }

  /** All tokens in order. */
  public List<RingEntry> entries() {
    return entries;
  }

  /** The creators in order; none when they are not known. */
  public List<PeerName> seeds() {
    return seeds;
  }

  /** Whether nobody has created it yet. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** The first invariant of ipam.md 2.2 that does not hold, in its words. */
  public Optional<String> violation() {
    Optional<String> disorder = disorder();
    if (disorder.isPresent()) {
      return disorder;
    }
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).free() > span(i)) {
        return Optional.of(excess(i));
      }
    }
    return Optional.empty();
  }

  /** The first of the invariants 1 to 3 that does not hold: those of the tokens alone. */
  Optional<String> disorder() {
    for (int i = 1; i < entries.size(); i++) {
      if (entries.get(i - 1).token() > entries.get(i).token()) {
        return Optional.of("Ring not sorted");
      }
    }
    for (int i = 1; i < entries.size(); i++) {
      if (entries.get(i - 1).token() == entries.get(i).token()) {
        return Optional.of("Token appears twice in ring");
      }
    }
    if (!isEmpty()
        && (entries.getFirst().token() < universe.start()
            || entries.getLast().token() >= universe.end())) {
      return Optional.of("Token is out of range");
    }
    return Optional.empty();
  }

  /** How the entry at {@code index} breaks invariant 4. */
  String excess(int index) {
    RingEntry entry = entries.get(index);
    return "Entry %s-%s reporting too much free space: %d > %d"
        .formatted(
            Ipv4.format(entry.token()),
            Ipv4.format(next(index).token()),
            entry.free(),
            span(index));
  }

  /** The entry at {@code index} with no more free addresses than it has addresses. */
  RingEntry entryWithin(int index) {
    RingEntry entry = entries.get(index);
    long span = span(index);
    return entry.free() > span ? entry.withFree(span) : entry;
  }

  /** This ring with every free count within its range. */
  Ring clamped() {
    List<RingEntry> result = new ArrayList<>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      result.add(entryWithin(i));
    }
    return with(result);
  }

  /** Addresses from a to b going upwards; the whole ring when they are equal. */
  long distance(long a, long b) {
    return b > a ? b - a : (universe.end() - a) + (b - universe.start());
  }

  /** The entry after the one at {@code index}, the first after the last. */
  RingEntry next(int index) {
    return entries.get((index + 1) % entries.size());
  }

  /** Addresses of the entry at {@code index}. */
  long span(int index) {
    return distance(entries.get(index).token(), next(index).token());
  }

  /** The addresses from a up to b, in two parts when they pass the end of the universe. */
  List<AddressRange> split(long a, long b) {
    if (b > a) {
      return List.of(new AddressRange(a, b));
    }
    AddressRange upper = new AddressRange(a, universe.end());
    if (b == universe.start()) {
      return List.of(upper);
    }
    return List.of(new AddressRange(universe.start(), b), upper);
  }

  /** The parts of the entry at {@code index}. */
  List<AddressRange> ranges(int index) {
    return split(entries.get(index).token(), next(index).token());
  }

  /** What a peer owns, in entry order; adjacent ranges are not joined. */
  public List<AddressRange> rangesOf(PeerName peer) {
    List<AddressRange> owned = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).peer().equals(peer)) {
        owned.addAll(ranges(i));
      }
    }
    return owned;
  }

  /** The owner of an address; null outside the universe and before there is a ring. */
  public @Nullable PeerName owner(long address) {
    return isEmpty() || !universe.contains(address)
        ? null
        : entries.get(indexCovering(address)).peer();
  }

  /** Everyone who owns something, in the order of names. */
  public Set<PeerName> owners() {
    Set<PeerName> known = owners;
    if (known == null) {
      known = OwnerSet.of(entries);
      owners = known;
    }
    return known;
  }

  /** Index of the entry with the greatest token not above the address; the last one otherwise. */
  int indexCovering(long address) {
    int low = 0;
    int high = entries.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (entries.get(middle).token() <= address) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high >= 0 ? high : entries.size() - 1;
  }

  /**
   * Gives a range of ours to another peer (2.3).
   *
   * @throws IllegalArgumentException when not all of it is ours
   */
  public Ring grant(AddressRange range, PeerName to) {
    if (isEmpty() || range.isEmpty() || !owns(range)) {
      throw new IllegalArgumentException(range + " is not ours to give to " + to);
    }
    long start = range.start();
    List<RingEntry> result = new ArrayList<>(entries.size() + 2);
    int first = indexCovering(start);
    RingEntry covering = entries.get(first);
    long startFree = Math.min(distance(start, next(first).token()), range.size());
    for (RingEntry entry : entries) {
      if (entry.token() == start) {
        result.add(entry.withOwner(to, 1).withFree(startFree));
      } else if (entry.equals(covering)) {
        result.add(entry.withOwner(self, 1).withFree(distance(entry.token(), start)));
      } else if (entry.token() > start && entry.token() < range.end()) {
        long free = Math.min(entry.free(), distance(entry.token(), range.end()));
        result.add(entry.withOwner(to, 1).withFree(free));
      } else {
        result.add(entry);
      }
    }
    if (covering.token() != start) {
      insert(result, new RingEntry(start, to, 0, startFree));
    }
    long end = range.end() == universe.end() ? universe.start() : range.end();
    Ring granted = with(result);
    int after = granted.indexCovering(end);
    if (granted.entries.get(after).token() != end) {
      long free = granted.distance(end, granted.next(after).token());
      insert(result, new RingEntry(end, self, 0, free));
    }
    return with(result);
  }

  private boolean owns(AddressRange range) {
    long owned = 0;
    for (AddressRange ours : rangesOf(self)) {
      owned += ours.clip(range).size();
    }
    return owned == range.size();
  }

  private static void insert(List<RingEntry> into, RingEntry entry) {
    int at = 0;
    while (at < into.size() && into.get(at).token() < entry.token()) {
      at++;
    }
    into.add(at, entry);
  }

  /**
   * Writes how much of each range of ours is free, counting up the version of those that changed.
   */
  public Ring reportFree(Allocations allocations) {
    return reportFree(allocations, entry -> false);
  }

  /**
   * The same.
   *
   * @param isUnseen whether nobody else has an entry yet, so that it may change as it is
   */
  Ring reportFree(Allocations allocations, Predicate<RingEntry> isUnseen) {
    List<RingEntry> result = new ArrayList<>(entries.size());
    boolean changed = false;
    for (int i = 0; i < entries.size(); i++) {
      RingEntry entry = entries.get(i);
      if (entry.peer().equals(self)) {
        long free = 0;
        for (AddressRange range : ranges(i)) {
          free += allocations.countFree(range);
        }
        if (free != entry.free()) {
          entry = (isUnseen.test(entry) ? entry : entry.withOwner(self, 1)).withFree(free);
          changed = true;
        }
      }
      result.add(entry);
    }
    return changed ? with(result) : this;
  }

  /** Makes everything of one peer another's, at shutdown or takeover (2.3). */
  public Ring transfer(PeerName from, PeerName to) {
    return step(from, to, IpamProtocol.TRANSFER_VERSION_STEP);
  }

  /** Counts up the versions of some entries, so that they win over every other copy. */
  Ring raise(Set<Long> tokens) {
    return with(
        entries.stream()
            .map(entry -> tokens.contains(entry.token()) ? entry.withOwner(entry.peer(), 1) : entry)
            .toList());
  }

  /** Raises our versions so far that none of those lost with an unclean stop is used again. */
  Ring skipVersions(long step) {
    return step(self, self, step);
  }

  private Ring step(PeerName from, PeerName to, long versionStep) {
    return with(
        entries.stream()
            .map(entry -> entry.peer().equals(from) ? entry.withOwner(to, versionStep) : entry)
            .toList());
  }

  /** Whom to ask for space in a range: those with free space, the more the likelier first (2.6). */
  public List<PeerName> donors(AddressRange range, RandomGenerator random) {
    Map<PeerName, Long> free = new HashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      RingEntry entry = entries.get(i);
      boolean endsBefore = i + 1 < entries.size() && entries.get(i + 1).token() <= range.start();
      if (entry.token() >= range.end()) {
        break;
      }
      if (!endsBefore && entry.free() > 0 && !entry.peer().equals(self)) {
        free.merge(entry.peer(), entry.free(), Long::sum);
      }
    }
    record Weighted(PeerName peer, double weight) {}
    return new TreeSet<>(free.keySet())
        .stream()
            .map(peer -> new Weighted(peer, weight(free, peer) * random.nextDouble()))
            .sorted((a, b) -> Double.compare(b.weight, a.weight))
            .map(Weighted::peer)
            .toList();
  }

  private static long weight(Map<PeerName, Long> free, PeerName peer) {
    return free.getOrDefault(peer, 0L);
  }

  private Ring with(List<RingEntry> newEntries) {
    return new Ring(universe, self, newEntries, seeds);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Ring ring
        && universe.equals(ring.universe)
        && self.equals(ring.self)
        && entries.equals(ring.entries)
        && seeds.equals(ring.seeds);
  }

  @Override
  public int hashCode() {
    return 31 * universe.hashCode() + entries.hashCode();
  }

  @Override
  public String toString() {
    return "Ring[" + universe + " of " + self + ", seeds " + seeds + ", " + entries + "]";
  }
}
