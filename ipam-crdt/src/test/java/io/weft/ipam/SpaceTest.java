package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpaceTest {
  private static final AddressRange EVERYTHING = new AddressRange(0, Ipv4.LIMIT);

  private static void rebuild(Space space, List<AddressRange> owned, List<AddressRange> held) {
    space.rebuild(AddressSet.of(owned), AddressSet.of(held), new AddressSet());
  }

  @Test
  void donatesAsRecorded() {
    for (JsonNode wanted : Vectors.json("space_cases").get("donate")) {
      AddressSet free = new AddressSet();
      Space space = spaceWith(wanted, free);
      Optional<AddressRange> donated = space.donate(Vectors.range(wanted.get("request")));
      Optional<AddressRange> expected =
          wanted.get("ok").asBoolean()
              ? Optional.of(Vectors.range(wanted.get("donated")))
              : Optional.empty();
      assertEquals(expected, donated, wanted::toString);
      donated.ifPresent(free::remove);
      assertEquals(Vectors.ranges(wanted.get("freeAfter")), free.ranges(), wanted::toString);
      assertEquals(free.count(), space.countFree(EVERYTHING));
    }
  }

  @Test
  void allocatesTheLowestAddressAsRecorded() {
    for (JsonNode wanted : Vectors.json("space_cases").get("allocate")) {
      Space space = spaceWith(wanted, new AddressSet());
      OptionalLong expected =
          wanted.get("ok").asBoolean()
              ? OptionalLong.of(wanted.get("address").asLong())
              : OptionalLong.empty();
      AddressRange range = Vectors.range(wanted.get("range"));
      assertEquals(expected, space.allocate(range), wanted::toString);
    }
  }

  @Test
  void findsTheBiggestAlignedBlockAsRecorded() {
    for (JsonNode wanted : Vectors.json("space_cases").get("biggestCIDR")) {
      assertEquals(
          Vectors.range(wanted.get("out")), Vectors.range(wanted.get("in")).biggestCidrRange());
    }
  }

  @Test
  void saysWhyAnAddressCannotBeClaimed() throws IpamException {
    Space space = new Space();
    rebuild(space, List.of(new AddressRange(10, 20)), List.of());
    space.claim(12);
    assertEquals("Address 0.0.0.12 is not free to claim", claimFailure(space, 12));
    assertEquals("Address 0.0.0.20 is not free to claim", claimFailure(space, 20));
    space.free(9);
    space.free(13);
    assertEquals(9, space.countFree(EVERYTHING));
    space.free(12);
    assertEquals(OptionalLong.of(10), space.allocate(EVERYTHING));
  }

  @Test
  void losesFreeAddressesThatTheRingNoLongerGives() throws IpamException {
    Space space = new Space();
    rebuild(space, List.of(new AddressRange(10, 20)), List.of());
    space.claim(12);
    rebuild(
        space,
        List.of(new AddressRange(10, 14), new AddressRange(30, 31)),
        List.of(AddressRange.single(12), AddressRange.single(17)));
    assertEquals(4, space.countFree(EVERYTHING));
    assertEquals(List.of(AddressRange.single(12)), space.inUse());
  }

  @Test
  void keepsASetOfAddressesLikeABitSet() {
    long seed = 20261121;
    Random random = new Random(seed);
    AddressSet set = new AddressSet();
    BitSet model = new BitSet();
    for (int step = 0; step < 20_000; step++) {
      int a = random.nextInt(64);
      int b = a + random.nextInt(65 - a);
      AddressRange range = new AddressRange(a, b);
      if (random.nextBoolean()) {
        set.add(range);
        model.set(a, b);
      } else {
        set.remove(range);
        model.clear(a, b);
      }
      int from = random.nextInt(64);
      int to = from + random.nextInt(65 - from);
      AddressRange within = new AddressRange(from, to);
      String where = "seed " + seed + " step " + step;
      assertEquals(model.get(from, to).cardinality(), set.count(within), where);
      assertEquals(model.cardinality(), set.count(), where);
      assertEquals(model.get(from), set.contains(from), where);
      int lowest = model.nextSetBit(from);
      assertEquals(lowest >= 0 && lowest < to ? lowest : -1, set.lowest(within), where);
      for (AddressRange part : set.ranges()) {
        boolean gapBefore = part.start() == 0 || !model.get((int) part.start() - 1);
        assertEquals(true, gapBefore && !model.get((int) part.end()), where);
      }
    }
  }

  @Test
  void combinesSetsLikeBitSets() {
    long seed = 4;
    Random random = new Random(seed);
    for (int step = 0; step < 5000; step++) {
      String where = "seed " + seed + " step " + step;
      BitSet mine = new BitSet();
      BitSet others = new BitSet();
      AddressSet a = AddressSet.of(anyRanges(random, mine));
      AddressSet b = AddressSet.of(anyRanges(random, others));
      BitSet both = (BitSet) mine.clone();
      both.and(others);
      assertSame(both, a.and(b), where);
      BitSet rest = (BitSet) mine.clone();
      rest.andNot(others);
      assertSame(rest, a.minus(b), where);
    }
  }

  private static List<AddressRange> anyRanges(Random random, BitSet model) {
    List<AddressRange> ranges = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      int from = random.nextInt(64);
      int to = from + random.nextInt(Math.min(20, 65 - from));
      model.set(from, to);
      ranges.add(new AddressRange(from, to));
    }
    return ranges;
  }

  private static void assertSame(BitSet wanted, AddressSet set, String where) {
    AddressSet expected = new AddressSet();
    wanted.stream().forEach(bit -> expected.add(AddressRange.single(bit)));
    assertEquals(expected, set, where);
  }

  @Test
  void withheldAddressesAreNeitherFreeNorDonated() throws IpamException {
    Space space = new Space();
    AddressSet owned = AddressSet.of(List.of(new AddressRange(10, 20)));
    space.rebuild(owned, AddressSet.of(List.of(AddressRange.single(11))), owned);
    assertEquals(0, space.countFree(EVERYTHING));
    assertEquals(9, space.countWithheld());
    assertEquals(OptionalLong.empty(), space.allocate(EVERYTHING));
    assertEquals(Optional.empty(), space.donate(EVERYTHING));
    assertEquals("Address 0.0.0.12 is not free to claim", claimFailure(space, 12));
    space.free(11);
    assertEquals(10, space.countWithheld());
    assertEquals(true, space.donateWithheld(11));
    assertEquals(false, space.donateWithheld(11));
    space.claimWithheld(12);
    assertEquals(List.of(AddressRange.single(12)), space.inUse());
  }

  private static Space spaceWith(JsonNode wanted, AddressSet free) {
    Vectors.ranges(wanted.get("free")).forEach(free::add);
    Space space = new Space();
    rebuild(space, free.ranges(), List.of());
    return space;
  }

  private static String claimFailure(Space space, long address) {
    return String.valueOf(
        assertThrows(IpamException.class, () -> space.claim(address)).getMessage());
  }
}
