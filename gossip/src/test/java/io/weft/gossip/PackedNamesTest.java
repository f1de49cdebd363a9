package io.weft.gossip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PackedNamesTest {
  private static PackedNames names(long... values) {
    return PackedNames.of(Arrays.stream(values).mapToObj(PeerName::new).toList());
  }

  @Test
  void holdsEachNameOnceInOrder() {
    PackedNames names = names(5, 3, 5, 9);
    assertEquals(List.of(new PeerName(3), new PeerName(5), new PeerName(9)), List.copyOf(names));
    assertEquals(3, names.size());
    assertEquals(
        List.of(new PeerName(3), new PeerName(9)), List.copyOf(names.only(value -> value != 5)));
  }

  @Test
  void addingWhatIsThereAlreadyChangesNothing() {
    PackedNames names = names(3, 5, 9);
    assertSame(names, names.with(names(3, 9)));
    assertSame(names, names.with(names()));
  }

  @Test
  void togetherIsTheSameAsTheUnionOfSets() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<PeerName> one = random.longs(20, 0, 40).mapToObj(PeerName::new).toList();
      List<PeerName> two = random.longs(random.nextInt(20), 0, 40).mapToObj(PeerName::new).toList();
      TreeSet<PeerName> union = new TreeSet<>(one);
      union.addAll(two);
      assertEquals(
          List.copyOf(union),
          List.copyOf(PackedNames.of(one).with(PackedNames.of(two))),
          "seed " + seed);
    }
  }
}
