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
      state.reportFree();
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
    var result = assertInstanceOf(RingMerge.Result.Merged.class, merge(to.state, theirs), where);
    Ring merged = result.ring();
    assertLaws(mine, theirs, merged, to.state.space().inUse(), where);
    LocalState after = new LocalState(mine.self(), UNIVERSE);
    after.restore(merged, to.state.holdings().snapshot());
    var again = assertInstanceOf(RingMerge.Result.Merged.class, merge(after, theirs), where);
    assertEquals(merged, again.ring(), where);
    assertFalse(again.isUpdated(), where);
    var self = assertInstanceOf(RingMerge.Result.Merged.class, merge(after, merged), where);
    assertEquals(merged, self.ring(), where);
    return merged;
  }

  private static RingMerge.Result merge(LocalState state, Ring theirs) {
    return RingMerge.merge(state.ring(), theirs, state.space(), PeerName::toString);
  }

  private static void assertLaws(
      Ring mine, Ring theirs, Ring merged, List<AddressRange> inUse, String where) {
    assertEquals(Optional.empty(), merged.violation(), where);
    Set<Long> tokens = new HashSet<>();
    merged.entries().forEach(entry -> tokens.add(entry.token()));
    mine.entries().forEach(entry -> assertTrue(tokens.contains(entry.token()), where));
    theirs.entries().forEach(entry -> assertTrue(tokens.contains(entry.token()), where));
    for (AddressRange used : inUse) {
      for (long address = used.start(); address < used.end(); address++) {
        assertEquals(mine.self(), merged.owner(address), where);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void ringsThatNobodyMadeNeverCostAnAddressInUse(long seed) {
    Random random = new Random(seed);
    PeerName self = new PeerName(1);
    int merges = 0;
    for (int step = 0; step < 5000; step++) {
      String where = "seed " + seed + " step " + step;
      LocalState state = new LocalState(self, UNIVERSE);
      state.setRing(anyRing(random, self));
      for (int i = random.nextInt(4); i > 0; i--) {
        state.allocate("c", new Cidr(UNIVERSE.start(), 26), false);
      }
      state.reportFree();
      Ring mine = state.ring();
      Ring theirs = anyRing(random, new PeerName(2));
      String before = mine + " " + theirs;
      if (merge(state, theirs) instanceof RingMerge.Result.Merged merged) {
        merges++;
        assertLaws(mine, theirs, merged.ring(), state.space().inUse(), where);
      }
      assertEquals(before, mine + " " + theirs, where);
    }
    assertTrue(merges > 500, "seed " + seed + " merged only " + merges);
  }

  private static Ring anyRing(Random random, PeerName self) {
    TreeSet<Long> tokens = new TreeSet<>();
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      tokens.add(UNIVERSE.start() + random.nextInt(8) * 8L);
    }
    List<RingEntry> entries = new ArrayList<>();
    for (long token : tokens) {
      PeerName peer = new PeerName(1 + random.nextInt(3));
      entries.add(new RingEntry(token, peer, random.nextInt(3), random.nextInt(9)));
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
    LocalState state = new LocalState(self, UNIVERSE);
    state.setRing(mine);
    var merged = assertInstanceOf(RingMerge.Result.Merged.class, merge(state, theirs));
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
