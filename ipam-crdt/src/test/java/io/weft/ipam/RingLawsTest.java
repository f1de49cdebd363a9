package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of the merge on rings that peers made by honest work, and on rings that nobody made. */
class RingLawsTest {
  private static final AddressRange UNIVERSE = new AddressRange(0x0a000000L, 0x0a000040L);

  /** A peer that works on its own copy of the ring. */
  private static final class Owner {
    final LocalState state;
    final List<Long> held = new ArrayList<>();

    Owner(PeerName name, List<PeerName> seeds) {
      state = new LocalState(name, UNIVERSE);
      state.setRing(Ring.seeded(UNIVERSE, name, seeds));
    }

    void work(Random random, List<Owner> others) {
      switch (random.nextInt(4)) {
        case 0 -> {
          Cidr subnet = new Cidr(UNIVERSE.start(), 26);
          state.allocate("c", subnet, false).ifPresent(cidr -> held.add(cidr.address()));
        }
        case 1 -> {
          if (!held.isEmpty()) {
            state.release("c", held.remove(random.nextInt(held.size())));
          }
        }
        case 2 -> {
          Owner other = others.get(random.nextInt(others.size()));
          if (other != this) {
            state.donate(UNIVERSE, other.state.ring().self());
          }
        }
        default -> state.markChanged();
      }
      state.reportFree(() -> false);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void ringsOfHonestPeersAlwaysMerge(long seed) {
    Random random = new Random(seed);
    List<PeerName> names = List.of(new PeerName(1), new PeerName(2), new PeerName(3));
    List<Owner> owners = new ArrayList<>();
    names.forEach(name -> owners.add(new Owner(name, names)));
    for (int step = 0; step < 1000; step++) {
      owners.get(random.nextInt(owners.size())).work(random, owners);
      Owner to = owners.get(random.nextInt(owners.size()));
      Owner from = owners.get(random.nextInt(owners.size()));
      if (to != from && random.nextInt(3) == 0) {
        Ring merged = checkLaws(to, from.state.ring(), "seed " + seed + " step " + step);
        to.state.setRing(merged);
      }
    }
    for (int round = 0; round < 3; round++) {
      for (Owner to : owners) {
        for (Owner from : owners) {
          to.state.setRing(checkLaws(to, from.state.ring(), "seed " + seed));
        }
      }
    }
    for (Owner owner : owners) {
      assertEquals(
          owners.getFirst().state.ring().entries(), owner.state.ring().entries(), "seed " + seed);
    }
  }

  private static Ring checkLaws(Owner to, Ring theirs, String where) {
    Ring mine = to.state.ring();
    RingMerge.Result.Merged result = merged(mine, theirs);
    Ring merged = result.ring();
    assertEquals(List.of(), result.contradictions(), where);
    assertLaws(mine, theirs, merged, where);
    for (AddressRange used : to.state.space().inUse()) {
      assertTrue(rangesOf(merged, mine.self()).and(AddressSet.of(List.of(used))).count() > 0);
      assertEquals(0, AddressSet.of(List.of(used)).minus(rangesOf(merged, mine.self())).count());
    }
    RingMerge.Result.Merged again = merged(merged, theirs);
    assertEquals(merged, again.ring(), where);
    assertFalse(again.isUpdated(), where);
    assertEquals(merged, merged(merged, merged).ring(), where);
    return merged;
  }

  private static AddressSet rangesOf(Ring ring, PeerName peer) {
    return AddressSet.of(ring.rangesOf(peer));
  }

  private static RingMerge.Result.Merged merged(Ring mine, Ring theirs) {
    return assertInstanceOf(
        RingMerge.Result.Merged.class, RingMerge.merge(mine, theirs, PeerName::toString));
  }

  private static void assertLaws(Ring mine, Ring theirs, Ring merged, String where) {
    assertEquals(Optional.empty(), merged.violation(), where);
    assertEquals(tokens(mine, theirs), tokens(merged, merged), where);
  }

  private static Set<Long> tokens(Ring a, Ring b) {
    Set<Long> tokens = new TreeSet<>();
    a.entries().forEach(entry -> tokens.add(entry.token()));
    b.entries().forEach(entry -> tokens.add(entry.token()));
    return tokens;
  }

  /** Whatever was sent in whatever order: who owns nothing learns the same of the same rings. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void anObserverLearnsTheSameInAnyOrder(long seed) {
    Random random = new Random(seed);
    PeerName observer = new PeerName(9);
    for (int step = 0; step < 5000; step++) {
      String where = "seed " + seed + " step " + step;
      Ring a = anyRing(random, observer);
      Ring b = anyRing(random, observer);
      Ring c = anyRing(random, observer);
      Ring ab = merged(a, b).ring();
      assertLaws(a, b, ab, where);
      assertEquals(List.of(), merged(a, b).contradictions(), where);
      assertEquals(ab, merged(b, a).ring(), where);
      assertEquals(merged(ab, c).ring(), merged(a, merged(b, c).ring()).ring(), where);
      assertEquals(a, merged(a, a).ring(), where);
      assertEquals(ab, merged(ab, a).ring(), where);
      assertEquals(ab, merged(ab, b).ring(), where);
    }
  }

  /** Owners rewrite their own entries as they merge; after that everybody agrees all the same. */
  @ParameterizedTest
  @ValueSource(longs = {15, 16, 17, 18})
  void ownersOfContradictoryRingsAgreeAfterSomeRounds(long seed) {
    Random random = new Random(seed);
    int contradictions = 0;
    for (int step = 0; step < 2000; step++) {
      String where = "seed " + seed + " step " + step;
      List<Ring> rings = new ArrayList<>();
      for (int peer = 1; peer <= 4; peer++) {
        rings.add(anyRing(random, new PeerName(peer)));
      }
      for (int round = 0; round < 5; round++) {
        for (int to = 0; to < rings.size(); to++) {
          for (Ring from : List.copyOf(rings)) {
            RingMerge.Result.Merged result = merged(rings.get(to), from);
            assertLaws(rings.get(to), from, result.ring(), where);
            contradictions += result.contradictions().size();
            rings.set(to, result.ring());
          }
        }
      }
      for (Ring ring : rings) {
        assertEquals(owners(rings.getFirst()), owners(ring), where);
      }
    }
    assertTrue(contradictions > 500, "seed " + seed + " had only " + contradictions);
  }

  /** All but the free counts, which are hints. */
  private static List<RingEntry> owners(Ring ring) {
    return ring.entries().stream().map(entry -> entry.withFree(0)).toList();
  }

  /** A ring of entries as a peer could have written them: its free counts go with its versions. */
  private static Ring anyRing(Random random, PeerName self) {
    TreeSet<Long> tokens = new TreeSet<>();
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      tokens.add(UNIVERSE.start() + random.nextInt(8) * 8L);
    }
    List<RingEntry> entries = new ArrayList<>();
    for (long token : tokens) {
      long peer = random.nextLong(1, 4);
      long version = random.nextLong(3);
      long free = (token / 8 + peer * 5 + version * 3) % 9;
      entries.add(new RingEntry(token, new PeerName(peer), version, free));
    }
    return new Ring(UNIVERSE, self, entries, List.of());
  }

  @Test
  void aVersionAtItsLimitDoesNotStartOver() {
    PeerName self = new PeerName(1);
    long highest = IpamProtocol.MAX_VERSION;
    Ring mine =
        new Ring(UNIVERSE, self, List.of(new RingEntry(UNIVERSE.start(), self, 3, 64)), List.of());
    Ring theirs =
        new Ring(
            UNIVERSE,
            new PeerName(2),
            List.of(new RingEntry(UNIVERSE.start(), self, highest, 64)),
            List.of());
    RingMerge.Result.Merged merged = merged(mine, theirs);
    assertEquals(highest, merged.ring().entries().getFirst().version());
    assertFalse(merged.isUpdated());
    Ring moved = merged.ring().transfer(self, new PeerName(2));
    assertEquals(highest, moved.entries().getFirst().version());
  }

  @Test
  void donorsAreThoseWithFreeSpaceInTheRange() {
    PeerName self = new PeerName(1);
    Ring ring = Ring.seeded(UNIVERSE, self, List.of(self, new PeerName(2), new PeerName(3)));
    assertEquals(Set.of(new PeerName(2), new PeerName(3)), donors(ring, UNIVERSE));
    AddressRange last = new AddressRange(UNIVERSE.end() - 4, UNIVERSE.end());
    assertEquals(Set.of(new PeerName(3)), donors(ring, last));
    assertEquals(Set.of(), donors(ring, new AddressRange(UNIVERSE.start(), UNIVERSE.start() + 4)));
    List<RingEntry> full = new ArrayList<>(ring.entries());
    full.set(2, full.get(2).withFree(0));
    assertEquals(Set.of(), donors(new Ring(UNIVERSE, self, full, List.of()), last));
  }

  private static Set<PeerName> donors(Ring ring, AddressRange range) {
    return new HashSet<>(ring.donors(range, new Random(5)));
  }

  @Test
  void onlyOwnSpaceCanBeGranted() {
    PeerName self = new PeerName(1);
    Ring ring = Ring.seeded(UNIVERSE, self, List.of(self, new PeerName(2)));
    AddressRange across = new AddressRange(UNIVERSE.start() + 30, UNIVERSE.start() + 34);
    assertThrows(IllegalArgumentException.class, () -> ring.grant(across, new PeerName(3)));
  }
}
