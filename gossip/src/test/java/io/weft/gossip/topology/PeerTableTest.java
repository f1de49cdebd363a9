package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTableTest {
  private static final int NAMES = 60;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void holdsWhatASortedMapHoldsThroughAnyEdits(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PeerTable table = new PeerTable();
    SortedMap<PeerName, Peer> expected = new TreeMap<>();
    for (int step = 0; step < 300; step++) {
      PeerName name = new PeerName(random.nextInt(1, NAMES));
      if (random.nextInt(10) == 0) {
        List<Peer> gone = new ArrayList<>();
        expected.values().stream().filter(peer -> random.nextBoolean()).forEach(gone::add);
        table.removeAll(gone);
        gone.forEach(peer -> expected.remove(peer.name()));
      } else if (expected.containsKey(name)) {
        assertThrows(IllegalArgumentException.class, () -> table.add(new Peer(name)));
      } else {
        Peer peer = new Peer(name);
        table.add(peer);
        expected.put(name, peer);
      }
      String message = "seed " + seed + " step " + step;
      assertEquals(List.copyOf(expected.values()), table.asList(), message);
      assertEquals(List.copyOf(expected.keySet()), table.namesAsList(), message);
      checkLookups(table, expected, message);
    }
  }

  private static void checkLookups(
      PeerTable table, SortedMap<PeerName, Peer> expected, String message) {
    int from = 0;
    for (int value = 1; value < NAMES; value++) {
      PeerName name = new PeerName(value);
      int place = expected.headMap(name).size();
      Peer peer = expected.get(name);
      assertEquals(peer == null ? -place - 1 : place, table.find(value), message);
      assertEquals(table.find(value), table.find(from, value), message);
      assertEquals(peer != null, table.namesAsList().contains(name), message);
      if (peer == null) {
        assertNull(table.get(name), message);
      } else {
        assertSame(peer, table.get(name), message);
        from = place + 1;
      }
    }
  }
}
